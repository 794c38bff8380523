import { listIncidents } from "@/lib/alerts";
import { route } from "@/lib/auth/route";

/** `?state=open&severity=critical&rule=…&limit=…` */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) =>
  listIncidents(ctx, Object.fromEntries(url.searchParams)),
);
