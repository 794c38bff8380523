import { z } from "zod";
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { metricQuerySchema, type MetricRow } from "@/lib/metrics/schemas";
import { Decimal } from "@/lib/money";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { filtersOf, textOf } from "../governance/measure";
import { CALCULATORS } from "./catalogue";
import { NODE_FACTS, prefill, USAGE_FACTS, type Facts, type OwnValue } from "./prefill";

export const ownNumbersSchema = z.object({
  from: metricQuerySchema.shape.from,
  to: metricQuerySchema.shape.to,
  tenant: z.string().max(200).optional(),
  endpoint: z.string().max(200).optional(),
});

/** The busiest hour is looked for in the newest days only: an hour of last quarter sizes nothing today. */
const PEAK_DAYS = 30;

export interface OwnNumbers {
  from: string;
  to: string;
  values: Record<string, OwnValue>;
}

/** What own telemetry says of a calculator's fields. Rows outside the actor's tenants do not exist. */
export async function ownNumbers(ctx: Ctx, calculatorId: string, asked: z.input<typeof ownNumbersSchema>): Promise<OwnNumbers> {
  if (!CALCULATORS.has(calculatorId)) throw new AppError("not_found", `There is no calculator "${calculatorId}".`);
  const { from, to, tenant, endpoint } = ownNumbersSchema.parse(asked);
  const filters = filtersOf({ tenant, endpoint });
  const period = { from, to };
  const peakFrom = new Date(Math.max(Date.parse(from), Date.parse(to) - PEAK_DAYS * DAY_MS)).toISOString();
  const [usage, nodes, hours] = await Promise.all([
    runQuery(ctx, { ...period, filters, metrics: [...USAGE_FACTS] }),
    ctx.actor.tenants === "all" ? runQuery(ctx, { ...period, metrics: [...NODE_FACTS] }) : undefined,
    runQuery(ctx, { from: peakFrom, to, filters, metrics: ["requests"], grain: "hour" }),
  ]);
  const read = (row: MetricRow | undefined, ids: readonly string[]) =>
    Object.fromEntries(ids.map((id) => [id, decimalOf(row, id)]));
  const peaks = hours.rows.map((row) => decimalOf(row, "requests")).filter((value) => value !== null);
  const facts: Facts = {
    values: { ...read(usage.rows[0], USAGE_FACTS), ...read(nodes?.rows[0], NODE_FACTS) },
    periodHours: (Date.parse(to) - Date.parse(from)) / HOUR_MS,
    peakHourRequests: peaks.length > 0 ? Decimal.max(...peaks) : null,
  };
  return { from, to, values: prefill(calculatorId, facts) };
}

function decimalOf(row: MetricRow | undefined, id: string): Decimal | null {
  const text = textOf(row, id);
  return text === null ? null : new Decimal(text);
}
