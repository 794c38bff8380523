import { formatMetricValue } from "@/lib/metrics/format-value";
import type { IncidentView } from "./schemas";

const twoDigits = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** The number that a condition compares, for people: a metric, or its change, score or share of an alarm. */
export function formatMeasured(value: string | null, unit: IncidentView["measured"]["unit"]): string {
  if (value === null) return "—";
  switch (unit) {
    case "percent_points":
      return `${Number(value) > 0 ? "+" : ""}${twoDigits.format(Number(value))} %`;
    case "score":
      return twoDigits.format(Number(value));
    case "times":
      return `${twoDigits.format(Number(value))}×`;
    default:
      return formatMetricValue(value, unit);
  }
}
