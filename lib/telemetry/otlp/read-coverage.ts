/**
 * How much of what senders counted themselves (OTLP metrics) also came as spans, and so was charged. Traces are sampled
 * and metrics are not: a share below 1 is spend that nobody attributed.
 */
import { z } from "zod";
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";

const DAY_MS = 86_400_000;
/** Spans are read from raw events: a bounded look, not a dashboard. */
const LONGEST_MS = 7 * DAY_MS;

const coverageInputSchema = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional().describe("Inclusive start. Absent: 24 hours before the end."),
  to: z.iso.datetime({ offset: true }).optional().describe("Exclusive end. Absent: now. At most 7 days after the start."),
});

const tokens = z.object({ input: z.string(), output: z.string() });

/** Token counts are whole numbers in text. */
export const coverageSchema = z.object({
  from: z.string(),
  to: z.string(),
  rows: z.array(
    z.object({
      tenant: z.string(),
      provider: z.string(),
      model: z.string(),
      counted: tokens.describe("What the senders' own counters say; input includes cached tokens"),
      spans: tokens.describe("What came as spans and was charged"),
      share: z.string().nullable().describe("spans ÷ counted over input and output; null where nothing was counted"),
    }),
  ),
});
export type Coverage = z.infer<typeof coverageSchema>;

interface Row {
  tenant: string;
  provider: string;
  model: string;
  counted_input: string;
  counted_output: string;
  span_input: string;
  span_output: string;
  share: string | null;
}

export async function readCoverage(ctx: Ctx, input: z.input<typeof coverageInputSchema>): Promise<Coverage> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const parsed = coverageInputSchema.parse(input);
  const to = parsed.to ? new Date(parsed.to) : ctx.now;
  const from = parsed.from ? new Date(parsed.from) : new Date(to.getTime() - DAY_MS);
  if (from >= to) throw new AppError("invalid", '"from" must be before "to".', { field: "from" });
  if (to.getTime() - from.getTime() > LONGEST_MS) throw new AppError("invalid", "At most 7 days at once.", { field: "from" });
  const { rows } = await ctx.db.pool.query<Row>(COVERAGE, [from, to, ctx.actor.tenants === "all" ? null : ctx.actor.tenants]);
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    rows: rows.map((row) => ({
      tenant: row.tenant,
      provider: row.provider,
      model: row.model,
      counted: { input: row.counted_input, output: row.counted_output },
      spans: { input: row.span_input, output: row.span_output },
      share: row.share,
    })),
  };
}

/**
 * A cumulative series adds its last value less the one it had at `from`; where that one is not known and the series is
 * older than `from`, less its first value inside: too little rather than too much.
 */
const COVERAGE = `
  with cumulative as (
    select series, start_at, measure, tenant, provider, coalesce(model, 'unknown') as model, max(value) as last, min(value) as first
    from telemetry.otlp_metric_point
    where temporality = 'cumulative' and measure in ('input', 'output') and at >= $1 and at < $2 and ($3::text[] is null or tenant = any($3))
    group by 1, 2, 3, 4, 5, 6
  ),
  added as (
    select tenant, provider, model, measure,
      last - coalesce(
        (select max(p.value) from telemetry.otlp_metric_point p
         where p.series = c.series and p.start_at is not distinct from c.start_at and p.at < $1),
        case when start_at >= $1 then 0 else first end) as value
    from cumulative c
    union all
    select tenant, provider, coalesce(model, 'unknown'), measure, value
    from telemetry.otlp_metric_point
    where temporality = 'delta' and measure in ('input', 'output') and at >= $1 and at < $2 and ($3::text[] is null or tenant = any($3))
  ),
  counted as (
    select tenant, provider, model, coalesce(sum(value) filter (where measure = 'input'), 0)::numeric(30) as input,
      coalesce(sum(value) filter (where measure = 'output'), 0)::numeric(30) as output
    from added group by 1, 2, 3
  ),
  spans as (
    select tenant, provider, model_served as model,
      sum(input + cache_read + cache_write_5m + cache_write_1h + audio_in) as input, sum(output + audio_out) as output
    from telemetry.event
    where dialect = 'otel' and occurred_at >= $1 and occurred_at < $2 and ($3::text[] is null or tenant = any($3))
    group by 1, 2, 3
  )
  select tenant, provider, model, coalesce(c.input, 0)::text as counted_input, coalesce(c.output, 0)::text as counted_output,
    coalesce(s.input, 0)::text as span_input, coalesce(s.output, 0)::text as span_output,
    round((coalesce(s.input, 0) + coalesce(s.output, 0)) / nullif(c.input + c.output, 0), 6)::text as share
  from counted c full join spans s using (tenant, provider, model)
  order by 1, 2, 3`;
