import { route } from "@/lib/auth/route";
import { readConnection } from "@/lib/fleet";

export const dynamic = "force-dynamic";

/** What one API key has sent since a moment. `?key=<id or prefix>&since=` */
export const GET = route({ role: "viewer" }, async ({ ctx, url }) =>
  readConnection(ctx, { key: url.searchParams.get("key") ?? "", since: url.searchParams.get("since") ?? "" }),
);
