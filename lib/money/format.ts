/** Dollars for people. Small amounts keep two significant digits: $0.000042 never prints as $0.00. */
const usd = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  maximumSignificantDigits: 2,
  roundingPriority: "morePrecision",
} as Intl.NumberFormatOptions);

const compactUsd = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  notation: "compact",
  maximumSignificantDigits: 3,
});

/** `null` is unknown and prints as an em dash; a true zero prints as $0.00. Half-up, as Intl rounds. */
export function formatUsd(value: string | number | null | undefined, options: { compact?: boolean } = {}): string {
  if (value === null || value === undefined || value === "") return "—";
  const number = Number(value);
  if (!Number.isFinite(number)) return "—";
  if (options.compact) return compactUsd.format(number);
  // Significant digits win over fraction digits, and 0.10 has only one: cents are always two.
  return usd.format(number).replace(/\.(\d)$/, ".$10");
}
