import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { restorePolicy } from "@/lib/policies/store";
import { restorePolicySchema } from "@/lib/policies/store/schemas";

export const POST = route({ role: "lead", scope: "admin" }, async ({ ctx, request }) =>
  restorePolicy(ctx, await readJson(request, restorePolicySchema)),
);
