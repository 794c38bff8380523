import { startRun } from "@/lib/advisor/findings";
import { route } from "@/lib/auth/route";

/** Looks at the workspace now; who asks while a run is under way is shown that one. */
export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx }) =>
  Response.json(await startRun(ctx), { status: 202 }),
);
