/** What routes and silences match: the alert's own labels, its rule and metric, and the tenant when it is about one. Pure. */
import { tenantsOf, type AlertRule } from "../rules/schemas";

export function alertLabels({
  rule,
  ruleName,
  labels,
}: {
  rule: Pick<AlertRule, "filters" | "metric">;
  ruleName: string;
  labels: Readonly<Record<string, string>>;
}): Record<string, string> {
  const tenants = tenantsOf(rule.filters);
  const one: Record<string, string> = tenants !== "all" && tenants.length === 1 ? { tenant: tenants[0]! } : {};
  return { ...one, ...labels, rule: ruleName, metric: rule.metric };
}
