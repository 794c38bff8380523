import { formatMetricValue } from "@/components/format";
import type { Unit } from "@/lib/advisor/calculators/definition";

const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const fine = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const plainText = (value: number) => (value !== 0 && Math.abs(value) < 0.1 ? fine : plain).format(value);

/** A line of a calculation for people; null is an em dash. */
export function formatLine(value: string | number | null, unit: Unit, compact = false): string {
  if (value === null) return "—";
  const number = Number(value);
  switch (unit) {
    case "percent":
      return `${plainText(number)} %`;
    case "points":
      return `${number > 0 ? "+" : ""}${plainText(number)} points`;
    case "times":
      return `${plainText(number)}×`;
    case "per_second":
      return `${plainText(number)}/s`;
    case "minutes":
      return `${plainText(number)} min`;
    case "days":
      return `${plainText(number)} days`;
    default:
      return formatMetricValue(value, unit, { compact });
  }
}

const dollars = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  minimumFractionDigits: 2,
  maximumFractionDigits: 8,
});
const shares = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 4 });

/** To the last digit: what was published is compared digit by digit. */
export function formatExact(value: string | null, unit: Unit): string {
  if (value !== null && unit === "usd") return dollars.format(Number(value));
  if (value !== null && unit === "ratio") return shares.format(Number(value)).replace("%", " %");
  return formatLine(value, unit);
}

/** What stands behind the input of a field. */
export const UNIT_MARK: Partial<Record<Unit, string>> = {
  usd: "$",
  percent: "%",
  ms: "ms",
  minutes: "min",
  hours: "h",
  times: "×",
  per_second: "/s",
};
