"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { formatBucket } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { callApi } from "@/components/query";
import { EmptyState, QueryCard } from "@/components/states";
import { Card, CardContent } from "@/components/ui/card";
import type { BudgetInput, BudgetPreview } from "@/lib/alerts/budgets/schemas";
import { BudgetChart } from "./budget-chart";
import { chanceWords } from "./budgets-page";
import { usd } from "./words";

/** What a budget would have said, while it is being written. */
export function PreviewCard({ input }: { input: BudgetInput }) {
  const { timeZone } = useWorkspace();
  const ready = Number(input.amount) > 0;
  const preview = useQuery<BudgetPreview, Error>({
    queryKey: ["budget-preview", input],
    enabled: ready,
    queryFn: ({ signal }) =>
      callApi<BudgetPreview>("/api/v1/budgets/preview", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(input),
        signal,
      }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (!ready) {
    return (
      <Card>
        <CardContent>
          <EmptyState
            title="Preview"
            why="With an amount, this shows on which days the budget would have been reached, and the forecast."
          />
        </CardContent>
      </Card>
    );
  }
  const amount = usd(input.amount);
  return (
    <QueryCard
      title="What it would have said"
      description="From what was received so far. Nothing is saved."
      query={preview}
      height={360}
      isEmpty={() => false}
    >
      {({ period, spentUsd, forecast, days, crossings, problems }) =>
        period ? (
          <div className="flex flex-col gap-4">
            {problems.map((problem) => (
              <p key={problem} role="alert" className="text-[13px] text-destructive">
                {problem}
              </p>
            ))}
            <p className="text-sm">
              <strong className="tabular">{usd(spentUsd)}</strong> of {amount} spent since{" "}
              {formatBucket(period.from, "day", timeZone)}.{" "}
              {forecast
                ? `Forecast ${usd(forecast.expectedUsd)} (80 %: ${usd(forecast.band80.low)} – ${usd(forecast.band80.high)}), overrun ${chanceWords(forecast.overrunProbability)}.`
                : "A forecast needs three days of history."}
            </p>
            <BudgetChart title="Preview of the period" days={days} forecast={forecast} limitUsd={input.amount} height={220} />
            <ul aria-label="What it would have said" className="space-y-1 text-[13px]">
              {crossings.map((one) => (
                <li key={one.periodFrom} className="tabular">
                  <span className="text-muted-foreground">
                    {formatBucket(one.periodFrom, "day", timeZone)}, {usd(one.spentUsd)}:
                  </span>{" "}
                  {one.reached.length === 0
                    ? "nothing"
                    : one.reached.map(({ percent, on }) => `${percent} % on ${formatBucket(on, "day", timeZone)}`).join("; ")}
                </li>
              ))}
            </ul>
          </div>
        ) : (
          <EmptyState title="It has not begun" why="The first period begins later. It is watched from then on." />
        )
      }
    </QueryCard>
  );
}
