import { readCaps } from "@/lib/alerts/budgets";
import { route } from "@/lib/auth/route";

/** Asked by gateways every few seconds with their ingest key: whose budget is used up, and until when. */
export const GET = route({ role: "lead", scope: "ingest" }, ({ ctx }) => readCaps(ctx));
