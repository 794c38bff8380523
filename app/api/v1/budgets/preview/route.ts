import { previewBudget } from "@/lib/alerts/budgets";
import { budgetInputSchema } from "@/lib/alerts/budgets/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

/** What a budget would have said. Nothing is written. */
export const POST = route({ role: "analyst", scope: "read" }, async ({ ctx, request }) =>
  previewBudget(ctx, await readJson(request, budgetInputSchema)),
);
