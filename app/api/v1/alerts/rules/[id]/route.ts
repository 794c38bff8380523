import { getRule, updateRule } from "@/lib/alerts";
import { updateRuleSchema } from "@/lib/alerts/rules/views";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { idOf } from "../../ids";

/** A rule with its versions. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getRule(ctx, idOf(params, "rule")),
);

/** `{"baseVersion":3,"rule":{…}}` */
export const PUT = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  const { baseVersion, rule } = await readJson(request, updateRuleSchema);
  return updateRule(ctx, idOf(params, "rule"), baseVersion, rule);
});
