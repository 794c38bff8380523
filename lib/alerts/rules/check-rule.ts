/** May this rule be saved? Refuses what it could never see, with the nearest name that exists. */
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { nearestOf } from "@/lib/metrics/catalogue";
import type { Dimension, MetricFilter, MetricRow } from "@/lib/metrics/schemas";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import { findWatched, nearestWatched } from "../signals/catalogue";
import type { AlertRule } from "./schemas";

/** How far back a scope must have had data. */
const LOOK_BACK_DAYS = 30;
const MAX_VALUES = 10_000;
/** Only raw events know them, and a rule is evaluated on rollups. */
const RAW_ONLY: readonly Dimension[] = ["errorClass", "cacheOutcome"];

const refuse = (field: string, message: string) => new AppError("invalid", message, { field });

export async function checkRule(ctx: Ctx, rule: AlertRule): Promise<void> {
  checkWatched(rule);
  const dimensions = [...rule.groupBy, ...rule.filters.map(({ dimension }) => dimension)];
  const raw = dimensions.find((dimension) => RAW_ONLY.includes(dimension));
  if (raw) throw refuse("groupBy", `"${raw}" is only known of single events, and rules are evaluated on rollups. Leave it out.`);
  if (dimensions.length === 0) return;
  for (const filter of rule.filters) await checkFilter(ctx, rule.metric, filter);
  const { rows, warnings } = await ask(ctx, rule.metric, rule.groupBy, rule.filters);
  const impossible = warnings.find((warning) => warning.startsWith("GPU numbers"));
  if (impossible) throw refuse("groupBy", impossible);
  if (rule.filters.length > 0 && !rows.some((row) => hasValue(row, rule.metric))) {
    throw refuse(
      "filters",
      `Nothing in the last ${LOOK_BACK_DAYS} days matches these filters together: the rule would never see anything. Take one away.`,
    );
  }
}

/** What can be said without looking at data; pure. */
export function checkWatched(rule: Pick<AlertRule, "metric" | "per" | "condition" | "filters" | "groupBy">): void {
  const watched = known("metric", rule.metric);
  if (watched.kind === "signal") {
    if (rule.filters.length > 0 || rule.groupBy.length > 0 || rule.per !== null) {
      throw refuse("filters", `"${watched.definition.label}" is of the whole installation: no filters, groups or ratio.`);
    }
    if (rule.condition.type !== "threshold" && rule.condition.type !== "no_data") {
      throw refuse("condition", `"${watched.definition.label}" can be held against a threshold, or watched for no data.`);
    }
    return;
  }
  const additive = watched.definition.kind === "additive";
  if (rule.per !== null) {
    const per = known("per", rule.per);
    if (!additive) throw refuse("metric", `"${watched.definition.label}" is a ratio already: it cannot be divided once more.`);
    if (per.kind === "signal" || per.definition.kind !== "additive") {
      throw refuse("per", `Divide by something that adds up, such as requests; "${per.definition.label}" does not.`);
    }
  }
  if (rule.condition.type === "burn_rate" && (!additive || rule.per !== null)) {
    throw refuse("condition", `A budget is burned by what adds up, such as cost; "${watched.definition.label}" does not.`);
  }
}

function known(field: string, id: string) {
  const watched = findWatched(id);
  if (!watched) throw refuse(field, `There is no metric "${id}". Did you mean "${nearestWatched(id)}"?`);
  return watched;
}

async function checkFilter(ctx: Ctx, metric: string, { dimension, in: wanted }: MetricFilter): Promise<void> {
  const { rows, warnings } = await ask(ctx, metric, [dimension], []);
  const impossible = warnings.find((warning) => warning.startsWith("GPU numbers"));
  if (impossible) throw refuse("filters", impossible);
  const values = rows.map((row) => String(row[dimension] ?? ""));
  const names = dimension === "tags" ? values.flatMap((value) => [value, ...value.split(",")]) : values;
  const missing = wanted.find((value) => !names.includes(value));
  if (missing === undefined) return;
  const nearest = nearestOf(missing, names.filter(Boolean));
  throw refuse(
    "filters",
    `Nothing in the last ${LOOK_BACK_DAYS} days has ${dimension} "${missing}". ${
      nearest === undefined ? "There is no such data at all." : `Did you mean "${nearest}"?`
    }`,
  );
}

const ask = (ctx: Ctx, metric: string, groupBy: Dimension[], filters: MetricFilter[]) =>
  runQuery(ctx, {
    metrics: [metric],
    groupBy,
    filters,
    // Whole hours, so that minutes that are no longer kept are not asked for.
    from: new Date(Math.floor(ctx.now.getTime() / HOUR_MS) * HOUR_MS - LOOK_BACK_DAYS * DAY_MS).toISOString(),
    to: new Date(ctx.now.getTime() + HOUR_MS).toISOString(),
    limit: MAX_VALUES,
  });

function hasValue(row: MetricRow, metric: string): boolean {
  const cell = row[metric];
  return (
    typeof cell === "object" &&
    cell !== null &&
    (cell.value !== null || cell.denominator !== undefined || cell.count !== undefined)
  );
}
