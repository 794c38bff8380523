"use client";
import { parseAsString, useQueryState } from "nuqs";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { EmptyState, QueryCard } from "@/components/states";
import type { BudgetDetails } from "@/lib/alerts/budgets/schemas";
import { BudgetForm } from "./budget-form";
import { BUDGETS_PATH } from "./budgets-page";

/** `?tenant=acme` begins with that tenant. */
export function NewBudgetPage() {
  const { user } = useWorkspace();
  const [tenant] = useQueryState("tenant", parseAsString);
  return (
    <Page
      title="New budget"
      description="What may be spent in a period, what is said on the way, and what happens when it is used up."
    >
      {user.role === "viewer" ? <NotForViewers /> : <BudgetForm budget={null} tenant={tenant} />}
    </Page>
  );
}

export function EditBudgetPage({ id }: { id: string }) {
  const budget = useApi<BudgetDetails>(`${BUDGETS_PATH}/${encodeURIComponent(id)}`);
  if (budget.data) {
    return (
      <Page
        title={`Edit ${budget.data.name}`}
        description="A raised budget lets through within seconds what gateways refused because of it."
      >
        {budget.data.mayEdit ? <BudgetForm key={id} budget={budget.data} tenant={null} /> : <NotForViewers />}
      </Page>
    );
  }
  return (
    <Page title="Edit budget">
      <QueryCard title="Budget" query={budget} isEmpty={() => false}>
        {() => null}
      </QueryCard>
    </Page>
  );
}

const NotForViewers = () => (
  <EmptyState
    title="Budgets are set by analysts"
    why="Hard ones, which stop traffic, by leads. Ask an admin for the role."
    action={{ label: "To the budgets", href: "/budgets" }}
  />
);
