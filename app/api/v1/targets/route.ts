import { route } from "@/lib/auth/route";
import { listTargets } from "@/lib/fleet";

/** Everything that takes configuration, and where each stands. */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => listTargets(ctx));
