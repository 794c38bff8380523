"use client";
import Link from "next/link";
import { ExportMenu } from "@/components/exports/export-menu";
import { FilterBar, useFilters } from "@/components/filters";
import { serializeFilters } from "@/components/filters/filter-state";
import { Page } from "@/components/layout/page";
import { useMetricQuery } from "@/components/query";
import type { Dimension } from "@/lib/metrics/dimensions";
import { Builder } from "./builder";
import { explorePath } from "./explore-state";
import { MetricCharts } from "./metric-charts";
import { PivotCard } from "./pivot-card";
import { RankedBars } from "./ranked-bars";
import { exportHref, ResultTable } from "./result-table";
import { STARTING_QUESTIONS } from "./starting-questions";
import { useQuestion } from "./use-question";
import { WhyCost } from "./waterfall/why-cost";

const FILTER_DIMENSIONS: readonly Dimension[] = ["tenant", "endpoint", "route", "provider", "modelServed", "status"];

/** Any metric by anything, over any period; every number leads on to what it is made of. */
export function Explore() {
  const question = useQuestion();
  const { base } = useFilters();
  const { metrics, by, chart, unknown, ask } = question;
  const why = chart === "why";
  const totals = useMetricQuery(why ? null : { ...base, metrics, groupBy: by, orderBy: { metric: metrics[0]! }, limit: 1_000 });
  // Ratios and percentiles do not add up: the totals row is a question of its own.
  const overall = useMetricQuery(why ? null : { ...base, metrics });
  const asFile = { ...base, metrics, groupBy: by, orderBy: { metric: metrics[0]! }, limit: 10_000 };
  return (
    <Page
      title="Explore"
      description="Any metric, by anything, over any period. Every number leads to what it is made of."
      actions={why ? null : <ExportMenu query={asFile} href={exportHref(asFile)} />}
      filterBar={<FilterBar dimensions={FILTER_DIMENSIONS} />}
    >
      <StartingQuestions />
      <Builder question={question} ask={ask} />
      {unknown.length > 0 ? (
        <p role="alert" className="text-[13px] text-warning">
          There is no metric {unknown.map((id) => `"${id}"`).join(", ")}; the others are shown.
        </p>
      ) : null}
      {totals.data?.warnings.map((warning) => (
        <p key={warning} className="text-[13px] text-warning">
          {warning}
        </p>
      ))}
      {chart === "line" ? <MetricCharts question={question} /> : null}
      {chart === "bar" ? <RankedBars question={question} query={totals} /> : null}
      {chart === "pivot" ? <PivotCard question={question} query={totals} /> : null}
      {why ? <WhyCost /> : <ResultTable question={question} query={totals} overall={overall} />}
    </Page>
  );
}

function StartingQuestions() {
  return (
    <nav aria-label="Starting questions" data-print="hidden">
      <ul className="flex flex-wrap gap-1.5">
        {STARTING_QUESTIONS.map(({ label, question, filters }) => (
          <li key={label} className="max-w-full">
            <Link
              href={serializeFilters(explorePath(question), filters)}
              className="block max-w-full rounded-full border border-border-strong bg-card px-3 py-1 text-[13px] text-muted-foreground hover:bg-muted hover:text-foreground"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
