import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { createRule, listRules } from "@/lib/pricing/manage";
import { createRuleSchema } from "@/lib/pricing/manage/schemas";

/** Price rules, newest first: `?book=tenant&q=gpt-4o&standing=future&asKnownOn=…&limit=100&before=<id>`. */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  listRules(ctx, Object.fromEntries(searchParams)),
);

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createRule(ctx, await readJson(request, createRuleSchema)), { status: 201 }),
);
