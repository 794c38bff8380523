/** What invoices add to a month beyond the usage that was calculated. Imports nothing that imports statements: they import this. */
import type { Ctx } from "@/lib/auth/actor";
import { loadRate } from "@/lib/currency";
import { nanoToUsd } from "@/lib/money";
import { toUsdNano } from "./convert";
import { readInvoiceTotals } from "./store";

export interface InvoiceAdjustment {
  id: string;
  invoiceId: string;
  provider: string;
  kind: "credit" | "tax" | "residual";
  label: string;
  nanoUsd: bigint;
}

/**
 * Credits and taxes as they stand, and per provider what its invoices say about usage and nothing explains: billed less calculated.
 * With them, tenants and what nobody is charged for add up to the invoice. Providers without an invoice have none.
 */
export async function readAdjustments(
  ctx: Ctx,
  { month, rateDay }: { month: string; rateDay: string },
  calculated: readonly { provider: string; nanoUsd: bigint }[],
): Promise<InvoiceAdjustment[]> {
  const totals = await readInvoiceTotals(ctx.db.pool, month);
  const rates = new Map<string, string>();
  for (const { currency } of totals) {
    if (!rates.has(currency)) rates.set(currency, (await loadRate(ctx.db, currency, rateDay)).rate);
  }
  const adjustments: InvoiceAdjustment[] = [];
  const usage = new Map<string, { nanoUsd: bigint; invoiceId: string; numbers: Set<string> }>();
  for (const { invoiceId, provider, number, currency, category, amount } of totals) {
    const nanoUsd = toUsdNano(amount, rates.get(currency)!);
    if (category === "credit" || category === "tax") {
      const label = `${category === "tax" ? "Tax" : "Credit"} on invoice ${number} of ${provider}`;
      adjustments.push({ id: invoiceId, invoiceId, provider, kind: category, label, nanoUsd });
    } else {
      const known = usage.get(provider) ?? { nanoUsd: 0n, invoiceId, numbers: new Set<string>() };
      known.nanoUsd += nanoUsd;
      known.numbers.add(number);
      usage.set(provider, known);
    }
  }
  for (const [provider, { nanoUsd, invoiceId, numbers }] of usage) {
    const ours = calculated.filter((one) => one.provider === provider).reduce((sum, one) => sum + one.nanoUsd, 0n);
    const label = `Invoice ${[...numbers].join(", ")} of ${provider}: billed $${nanoToUsd(nanoUsd)}, calculated $${nanoToUsd(ours)}`;
    adjustments.push({ id: "usage", invoiceId, provider, kind: "residual", label, nanoUsd: nanoUsd - ours });
  }
  return adjustments.filter((one) => one.nanoUsd !== 0n);
}
