import { route } from "@/lib/auth/route";
import { listPolicies } from "@/lib/policies/store";

export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listPolicies(ctx));
