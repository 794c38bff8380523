/** What an evaluator did and what a backtest of the same data says it would have done, in the same words. */
import { runBacktest } from "@/lib/alerts/backtest/run-backtest";
import type { AlertRule } from "@/lib/alerts/rules/schemas";
import type { BacktestSeries } from "@/lib/alerts/backtest/schemas";
import type { TestDatabase } from "@/lib/testing/database";

const wordsOf = (kind: string, at: number, labels: Readonly<Record<string, string>>): string =>
  `${new Date(at).toISOString()} ${kind} ${Object.values(labels).join(" ")}`;

/** From the histories of the incidents of a rule. */
export async function livedTransitions(db: TestDatabase, ruleId: string): Promise<string[]> {
  const { rows } = await db.pool.query<{ kind: string; at: Date; labels: Record<string, string> }>(
    `select t.kind, t.at, i.labels from alert_transition t join alert_incident i on i.id = t.incident_id where i.rule_id = $1`,
    [ruleId],
  );
  return rows.map(({ kind, at, labels }) => wordsOf(kind, at.getTime(), labels)).sort();
}

/** What never fired is in no incident's history; everything else is there, in kind, time and labels. */
export function testedTransitions(rule: AlertRule, series: BacktestSeries): string[] {
  const { incidents, transitions } = runBacktest(rule, series);
  const histories = incidents.flatMap(({ labels, openedAt, endedAt }) =>
    transitions
      .filter((one) => one.labels === labels && one.at >= openedAt && one.at <= (endedAt ?? Infinity))
      .filter(({ kind, at }) => !((kind === "resolved" && at === openedAt) || (kind === "firing" && at !== openedAt)))
      .map(({ kind, at }) => wordsOf(kind, at, labels)),
  );
  const waited = incidents
    .filter(({ breachedSince, openedAt }) => breachedSince < openedAt)
    .map(({ breachedSince, labels }) => wordsOf("pending", breachedSince, labels));
  return [...new Set([...histories, ...waited])].sort();
}
