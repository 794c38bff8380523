import { route } from "@/lib/auth/route";
import { readDemoHistory } from "@/lib/workspace";

/** How much of the simulated history is in: the console shows it until it is complete. */
export const GET = route({ role: "viewer" }, async ({ ctx }) => readDemoHistory(ctx));
