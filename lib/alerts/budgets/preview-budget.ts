import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { MAX_DAYS } from "../forecast/choose";
import { problemsOf } from "./check-fields";
import { reachesPercent } from "./decide-events";
import { periodAt, periodBefore, type Span } from "./period";
import { readPeriod } from "./read-period";
import { sumNano, type SpendPoint } from "./read-spend";
import { budgetInputSchema, type BudgetInput, type BudgetPreview } from "./schemas";
import { scopeWords } from "./scope";

const MOST_PERIODS = 13;

/** What a budget would have said, before it is saved: "it would have reached 80 % on 21 November". Nothing is written. */
export async function previewBudget(ctx: Ctx, input: BudgetInput): Promise<BudgetPreview> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const fields = budgetInputSchema.parse(input);
  const problems = problemsOf(fields, ctx.actor);
  const outside = problems.find(({ field }) => field === "scope");
  if (outside && !fields.hard) throw new AppError("forbidden", outside.message, { field: "scope" });
  const { timeZone } = await loadWorkspace(ctx.db);
  const now = ctx.now.getTime();
  const limitNano = toNanoUsd(fields.amount);
  const span = periodAt(fields.period, now, timeZone);
  const nothing = { scopeWords: scopeWords(fields.scope), problems: problems.map(({ message }) => message) };
  if (!span) return { ...nothing, period: null, spentUsd: "0", forecast: null, days: [], crossings: [] };
  const read = await readPeriod(ctx, { scope: fields.scope, span, limitNano, timeZone });
  const oldest = Math.min(read.days.find(({ known }) => known)?.from ?? now, now);
  const spans: Span[] = [];
  for (let at: Span | null = span; at && spans.length < MOST_PERIODS; at = periodBefore(fields.period, at, timeZone)) {
    // A period of which only the end is known would look cheaper than it was.
    if (at !== span && at.from < Math.max(oldest, now - MAX_DAYS * DAY_MS)) break;
    spans.push(at);
  }
  return {
    ...nothing,
    period: { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
    spentUsd: nanoToUsd(read.spentNano),
    forecast: read.reading.forecast,
    days: read.reading.days,
    crossings: spans.map((each) => crossingsOf(each, read.days, fields.thresholds, limitNano)),
  };
}

/** The day on which spend reached each threshold. */
function crossingsOf(
  span: Span,
  days: readonly SpendPoint[],
  thresholds: readonly number[],
  limitNano: bigint,
): BudgetPreview["crossings"][number] {
  const inside = days.filter(({ from }) => from >= span.from && from < span.to);
  const reached: { percent: number; on: string }[] = [];
  let spent = 0n;
  for (const day of inside) {
    spent += day.nanoUsd;
    for (const percent of thresholds) {
      const known = reached.some((one) => one.percent === percent);
      if (!known && reachesPercent(spent, percent, limitNano)) reached.push({ percent, on: new Date(day.from).toISOString() });
    }
  }
  return {
    periodFrom: new Date(span.from).toISOString(),
    periodTo: new Date(span.to).toISOString(),
    spentUsd: nanoToUsd(sumNano(inside)),
    reached,
  };
}
