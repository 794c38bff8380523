import { createRule, listRules } from "@/lib/alerts";
import { ruleSchema } from "@/lib/alerts/rules/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listRules(ctx));

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createRule(ctx, await readJson(request, ruleSchema)), { status: 201 }),
);
