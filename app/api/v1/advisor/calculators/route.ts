import { listCalculators } from "@/lib/advisor/calculators";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** Every calculator with its fields, and what its corrected mode corrects. */
export const GET = route({ role: "viewer", scope: "read" }, async () => ({ calculators: listCalculators() }));
