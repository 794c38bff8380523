"use client";
import Link from "next/link";
import { Sparkline } from "@/components/charts";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { BudgetView } from "@/lib/alerts/budgets/schemas";
import { BudgetTabs } from "./budget-tabs";
import { UsedBar } from "./used-bar";
import { burnOf, cumulative, exhaustionWords, periodWords, STANDING, standingOf, usd, usedShare } from "./words";

export const BUDGETS_PATH = "/api/v1/budgets";

/** Every budget that one may see: what is spent, how fast, and where it ends. */
export function BudgetsPage() {
  const { user, timeZone } = useWorkspace();
  const budgets = useApi<{ items: BudgetView[] }>(BUDGETS_PATH, {
    refreshMs: (known) => (known?.items.some(({ current, failed }) => !current && !failed) ? 2_000 : 30_000),
  });
  const mayCreate = user.role !== "viewer";
  return (
    <Page
      title="Budgets"
      description={`What may be spent, by tenant, model, endpoint or anything else. Days and months are those of ${timeZone}; spend is read every minute.`}
      actions={
        mayCreate ? (
          <Button asChild>
            <Link href="/budgets/new">New budget</Link>
          </Button>
        ) : null
      }
    >
      <BudgetTabs />
      <QueryCard
        title={
          budgets.data ? `${budgets.data.items.length} ${budgets.data.items.length === 1 ? "budget" : "budgets"}` : "Budgets"
        }
        query={budgets}
        height={240}
        isEmpty={({ items }) => items.length === 0}
        empty={{
          title: "No budget yet",
          why: "A budget says when spend reaches 50, 80 and 100 %, forecasts the end of the period, and can stop a runaway at the gateway.",
          ...(mayCreate ? { action: { label: "Make the first budget", href: "/budgets/new" } } : {}),
        }}
      >
        {({ items }) => (
          <DataTable
            caption="Budgets"
            rows={items}
            columns={columnsIn(timeZone)}
            rowId={(budget) => budget.id}
            rowHref={(budget) => `/budgets/${budget.id}`}
            defaultSort={{ id: "used", desc: true }}
            csv="budgets"
          />
        )}
      </QueryCard>
    </Page>
  );
}

const orDash = (text: string | null | undefined) => text ?? <span className="text-muted-foreground">—</span>;

function columnsIn(timeZone: string): DataColumn<BudgetView>[] {
  const forecast = ({ current }: BudgetView) => current?.reading.forecast ?? null;
  return [
    {
      id: "name",
      header: "Budget",
      value: (budget) => budget.name,
      cell: (budget) => (
        <span className="flex flex-col">
          <span className="inline-flex items-center gap-2">
            {budget.name}
            {budget.hard ? <Badge variant="outline">hard</Badge> : null}
          </span>
          <span className="text-xs font-normal text-muted-foreground">
            {budget.scopeWords}, {periodWords(budget.period)}
          </span>
        </span>
      ),
    },
    {
      id: "standing",
      header: "State",
      value: (budget) => STANDING[standingOf(budget)].label,
      cell: (budget) => {
        const { label, variant } = STANDING[standingOf(budget)];
        return <Badge variant={budget.failed ? "destructive" : variant}>{budget.failed ? "Cannot be read" : label}</Badge>;
      },
    },
    {
      id: "spent",
      header: "Spent",
      unit: "usd",
      value: ({ current }) => current?.spentUsd,
      cell: ({ current }) => orDash(current && usd(current.spentUsd)),
    },
    { id: "limit", header: "Budget", unit: "usd", value: ({ amount }) => amount },
    {
      id: "used",
      header: "Used",
      value: ({ current }) => (current ? usedShare(current) : null),
      cell: ({ current }) => (current ? <UsedBar share={usedShare(current)} /> : orDash(null)),
    },
    {
      id: "trend",
      header: "Since it began",
      value: () => null,
      cell: ({ current }) => <Sparkline values={current ? cumulative(current.reading.days) : []} width={84} height={22} />,
    },
    {
      id: "burn",
      header: "Burn rate",
      align: "right",
      value: ({ current }) => current && burnOf(current),
      cell: ({ current }) => {
        const burn = current && burnOf(current);
        return orDash(burn === null ? null : `${burn.toLocaleString("en-US", { maximumFractionDigits: 1 })}×`);
      },
    },
    {
      id: "forecast",
      header: "Forecast",
      unit: "usd",
      value: (budget) => forecast(budget)?.expectedUsd,
      cell: (budget) => {
        const ahead = forecast(budget);
        return ahead ? (
          <span className="flex flex-col">
            {usd(ahead.expectedUsd)}
            <span className="text-xs text-muted-foreground">
              {usd(ahead.band80.low)} – {usd(ahead.band80.high)}
            </span>
          </span>
        ) : (
          <span className="text-muted-foreground">from 3 days on</span>
        );
      },
    },
    {
      id: "overrun",
      header: "Overrun",
      align: "right",
      value: (budget) => forecast(budget)?.overrunProbability,
      cell: (budget) => {
        const chance = forecast(budget)?.overrunProbability;
        return orDash(chance === undefined ? null : chanceWords(chance));
      },
    },
    {
      id: "exhausted",
      header: "Used up on",
      value: (budget) => forecast(budget)?.exhaustsAt,
      cell: ({ current }) => orDash(current && exhaustionWords(current, timeZone)),
    },
    { id: "owner", header: "Owner", value: ({ owner }) => owner.name },
  ];
}

/** A model is never quite sure. */
export const chanceWords = (chance: number): string =>
  chance >= 1
    ? "100 %"
    : chance > 0.99
      ? "> 99 %"
      : chance <= 0
        ? "0 %"
        : chance < 0.01
          ? "< 1 %"
          : `${Math.round(chance * 100)} %`;
