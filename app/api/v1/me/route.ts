import { loadMe } from "@/lib/auth/load-me";
import { route } from "@/lib/auth/route";

/** Who is asking, as Headroom sees them: handy for trying a key, too. */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => ({ me: await loadMe(ctx) }));
