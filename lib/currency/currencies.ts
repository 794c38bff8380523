/** Currencies are those of ISO 4217 that this runtime knows. Pure. */

const KNOWN = new Set(Intl.supportedValuesOf("currency"));

export const isCurrency = (code: string): boolean => KNOWN.has(code);

/** Decimal places of the smallest unit: 2 for USD, 0 for JPY, 3 for KWD. */
export function currencyDigits(code: string): number {
  return new Intl.NumberFormat("en-US", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits ?? 2;
}
