import { createBudget, listBudgets } from "@/lib/alerts/budgets";
import { budgetInputSchema } from "@/lib/alerts/budgets/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

/** `?tenant=acme`: those whose scope names it. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  listBudgets(ctx, { tenant: searchParams.get("tenant") ?? undefined }),
);

export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createBudget(ctx, await readJson(request, budgetInputSchema)), { status: 201 }),
);
