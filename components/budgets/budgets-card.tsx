"use client";
import Link from "next/link";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { BudgetView } from "@/lib/alerts/budgets/schemas";
import { BUDGETS_PATH, chanceWords } from "./budgets-page";
import { UsedBar } from "./used-bar";
import { STANDING, standingOf, usd, usedShare, type Standing } from "./words";

const MOST_SHOWN = 6;
const WORST_FIRST: readonly Standing[] = ["capped", "used_up", "at_risk", "burning", "on_track", "new"];

/** The budgets of a tenant, or the worst of all, in a card of another page. */
export function BudgetsCard({ tenant }: { tenant?: string }) {
  const { user } = useWorkspace();
  const query = tenant ? `?tenant=${encodeURIComponent(tenant)}` : "";
  const budgets = useApi<{ items: BudgetView[] }>(`${BUDGETS_PATH}${query}`, { refreshMs: 60_000 });
  return (
    <QueryCard
      title="Budgets"
      query={budgets}
      height={96}
      isEmpty={({ items }) => items.length === 0}
      empty={{
        title: tenant ? `No budget for ${tenant}` : "No budget yet",
        why: "A budget forecasts the period and says when it goes wrong.",
        ...(user.role === "viewer" ? {} : { action: { label: "Make one", href: `/budgets/new${query}` } }),
      }}
      actions={
        <Button asChild size="sm" variant="ghost">
          <Link href="/budgets">All budgets</Link>
        </Button>
      }
    >
      {({ items }) => (
        <ul className="divide-y">
          {items
            .toSorted((a, b) => WORST_FIRST.indexOf(standingOf(a)) - WORST_FIRST.indexOf(standingOf(b)))
            .slice(0, MOST_SHOWN)
            .map((budget) => (
              <BudgetLine key={budget.id} budget={budget} />
            ))}
        </ul>
      )}
    </QueryCard>
  );
}

function BudgetLine({ budget }: { budget: BudgetView }) {
  const { label, variant } = STANDING[standingOf(budget)];
  const { current } = budget;
  const forecast = current?.reading.forecast;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-[13px]">
      <Link className="min-h-6 min-w-40 flex-1 font-medium underline-offset-2 hover:underline" href={`/budgets/${budget.id}`}>
        {budget.name}
      </Link>
      <Badge variant={variant}>{label}</Badge>
      {current ? (
        <>
          <span className="tabular">
            {usd(current.spentUsd)} of {usd(current.limitUsd)}
          </span>
          <UsedBar share={usedShare(current)} />
        </>
      ) : null}
      {forecast ? (
        <span className="text-muted-foreground tabular">
          forecast {usd(forecast.expectedUsd)}, overrun {chanceWords(forecast.overrunProbability)}
        </span>
      ) : null}
    </li>
  );
}
