import { formatUsd } from "@/lib/money/format";

interface FormatOptions {
  /** For axes only: "1.2K", "$3.4M". */
  compact?: boolean;
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const upToTwo = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const upToThreeDigits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const twoDigits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });
const compactNumber = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const finePercent = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 2 });

/**
 * A metric for people. `value` is decimal text as the API gives it; null, undefined and "" are "unknown" and print as
 * an em dash, never as 0. Ratios are given as fractions (0.5 is 50 %).
 */
export function formatMetricValue(
  value: string | number | null | undefined,
  unit: string,
  { compact = false }: FormatOptions = {},
): string {
  if (value === null || value === undefined || value === "") return "—";
  const number = Number(value);
  if (!Number.isFinite(number)) return "—";
  switch (unit) {
    case "usd":
      return formatUsd(number, { compact });
    case "ratio":
    case "percent":
      return formatRatio(number);
    case "ms":
      return formatMs(number);
    case "seconds":
    case "sec":
    case "s":
      return formatMs(number * 1_000);
    case "hours":
      return `${compact ? compactNumber.format(number) : upToTwo.format(number)} h`;
    case "kwh":
      // On an axis there is room for the number only; the chart's title says the unit.
      return compact ? compactNumber.format(number) : `${upToTwo.format(number)} kWh`;
    case "kg":
      return compact ? compactNumber.format(number) : `${upToTwo.format(number)} kg`;
    case "tokens_per_second":
      return compact ? `${compactNumber.format(number)}/s` : `${upToTwo.format(number)} tok/s`;
    case "tokens_per_watt":
      return `${upToTwo.format(number)} tok/W`;
    case "tokens_per_joule":
      return `${upToThreeDigits.format(number)} tok/J`;
    case "bytes":
      return formatBytes(number);
    case "tokens":
      return compact || Math.abs(number) >= 1_000_000 ? compactNumber.format(number) : formatCount(number);
    default:
      return compact ? compactNumber.format(number) : formatCount(number);
  }
}

/** All digits that the answer has, for titles and CSV: 1,234,567 instead of 1.23M. */
export function formatExactValue(value: string | number | null | undefined, unit: string): string {
  if (unit === "tokens" && value !== null && value !== undefined && value !== "") return formatCount(Number(value));
  return formatMetricValue(value, unit);
}

function formatCount(number: number): string {
  // An average of 0.03 waiting requests is not 0; one of 0.0000003 is, but for a trace.
  if (number !== 0 && Math.abs(number) < 0.001) return number > 0 ? "< 0.001" : "> −0.001";
  if (number !== 0 && Math.abs(number) < 0.1) return twoDigits.format(number);
  return Number.isInteger(number) || Math.abs(number) >= 1_000 ? whole.format(number) : upToTwo.format(number);
}

/** 0.4 % must not print as 0.0 %: small shares keep two significant digits. */
function formatRatio(fraction: number): string {
  if (fraction !== 0 && Math.abs(fraction) < 0.001) return finePercent.format(fraction);
  // 99.97 % is not 100.0 %.
  if (Math.abs(fraction) < 1 && Math.abs(fraction) > 0.9995) return `${(Math.floor(fraction * 10_000) / 100).toFixed(2)}%`;
  return percent.format(fraction);
}

export function formatMs(ms: number): string {
  const size = Math.abs(ms);
  if (size === 0) return "0 ms";
  if (size < 10) return `${upToTwo.format(ms)} ms`;
  if (size < 1_000) return `${whole.format(ms)} ms`;
  if (size < 60_000) return `${upToTwo.format(ms / 1_000)} s`;
  if (size < 3_600_000) return `${upToTwo.format(ms / 60_000)} min`;
  return `${upToTwo.format(ms / 3_600_000)} h`;
}

function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let at = 0;
  while (Math.abs(size) >= 1_024 && at < units.length - 1) {
    size /= 1_024;
    at += 1;
  }
  return `${at === 0 ? whole.format(size) : size.toFixed(1)} ${units[at]}`;
}
