import { cellOf } from "@/components/charts";
import { formatMetricValue } from "@/components/format";
import type { MetricRow } from "@/lib/metrics/schemas";
import { toRate, type Rate } from "./prepare-layers";

/** Two numbers are called "cache hit rate". Both, with what they are made of, so that nobody compares one with the other. */
export function HitRateDefinitions({ row }: { row: MetricRow | undefined }) {
  return (
    <dl className="grid gap-3 sm:grid-cols-2">
      <Definition
        name="In requests"
        rate={toRate(cellOf(row, "cache_hit_rate"))}
        formula="hits ÷ lookups"
        parts={["hits", "lookups"]}
        unit="count"
        missing="no lookups"
        meaning="How many requests needed no model at all. Exact, semantic, retrieval and embedding caches."
      />
      <Definition
        name="In tokens"
        rate={toRate(cellOf(row, "cache_hit_rate_tokens"))}
        formula="read ÷ (uncached + read + write)"
        parts={["read", "input tokens"]}
        unit="tokens"
        missing="no input tokens"
        meaning="How much of the prompts was billed at the cached price. The model was called; only its reading was cheaper."
      />
    </dl>
  );
}

interface DefinitionProps {
  name: string;
  rate: Rate;
  formula: string;
  parts: [string, string];
  unit: string;
  missing: string;
  meaning: string;
}

function Definition({ name, rate, formula, parts, unit, missing, meaning }: DefinitionProps) {
  return (
    <div className="rounded-md bg-muted px-4 py-3">
      <dt className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="text-[13px] font-medium">{name}</span>
        <code className="font-mono text-xs text-muted-foreground">{formula}</code>
      </dt>
      <dd className="mt-1 flex flex-wrap items-baseline gap-x-3">
        <span className="text-[22px] leading-8 font-semibold tracking-tight tabular">
          {rate.rate === null ? "—" : formatMetricValue(rate.rate, "ratio")}
        </span>
        <span className="text-[13px] text-muted-foreground tabular">
          {rate.noLookups
            ? missing
            : `${formatMetricValue(rate.hits, unit)} ${parts[0]} ÷ ${formatMetricValue(rate.of, unit)} ${parts[1]}`}
        </span>
      </dd>
      <dd className="mt-1 text-[13px] text-muted-foreground">{meaning}</dd>
    </div>
  );
}
