import { archiveBudget, getBudget, updateBudget } from "@/lib/alerts/budgets";
import { updateBudgetSchema } from "@/lib/alerts/budgets/schemas";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { readJson } from "@/lib/http";

/** With its events and the periods before. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getBudget(ctx, requireUuid(params.id, "budget")),
);

export const PUT = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, request, params }) =>
  updateBudget(ctx, requireUuid(params.id, "budget"), await readJson(request, updateBudgetSchema)),
);

/** It ends; what was said stays. */
export const DELETE = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, params }) => {
  await archiveBudget(ctx, requireUuid(params.id, "budget"));
  return new Response(null, { status: 204 });
});
