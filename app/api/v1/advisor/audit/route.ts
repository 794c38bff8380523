import { getAudit } from "@/lib/advisor/audit/get-audit";
import { route } from "@/lib/auth/route";

/** Every endpoint scored on repetition, complexity and latency sensitivity, with the numbers behind each score. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => getAudit(ctx));
