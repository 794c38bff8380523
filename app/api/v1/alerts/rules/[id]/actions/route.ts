import { switchRule } from "@/lib/alerts";
import { switchRuleSchema } from "@/lib/alerts/rules/views";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { idOf } from "../../../ids";

/** `{"action":"enable"}`, disable, delete, restore or duplicate. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  const { action } = await readJson(request, switchRuleSchema);
  return switchRule(ctx, idOf(params, "rule"), action);
});
