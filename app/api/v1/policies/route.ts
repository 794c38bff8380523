import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { listPolicies, savePolicy } from "@/lib/policies/store";
import { savePolicySchema } from "@/lib/policies/store/schemas";

export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listPolicies(ctx));

/** 409 with `moved` when somebody else saved since `baseVersion`. */
export const POST = route({ role: "lead", scope: "admin" }, async ({ ctx, request }) =>
  savePolicy(ctx, await readJson(request, savePolicySchema)),
);
