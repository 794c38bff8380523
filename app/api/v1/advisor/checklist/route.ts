import { listChecklist } from "@/lib/advisor/governance";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** Endpoints of the last 30 days with their documented choice, and models that nobody documented. */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => ({ endpoints: await listChecklist(ctx) }));
