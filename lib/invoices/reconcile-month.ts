import { requireRole, SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { readCharges, recordCharges } from "@/lib/charges";
import { loadRate, type CurrencyRate } from "@/lib/currency";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { monthSchema } from "@/lib/statements/schemas";
import { periodOfMonth, rateDayOf } from "@/lib/statements";
import { loadWorkspace } from "@/lib/workspace";
import { toUsdNano } from "./convert";
import { reconcile, type Calculated } from "./reconcile";
import { DIFFERENCE_KINDS, type InvoiceView, type Reconciliation } from "./schemas";
import { findInvoices, readLines } from "./store";

/** An invoice is the whole workspace's: it is not shown to those who are limited to tenants. */
function requireWhole(ctx: Ctx): void {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  if (ctx.actor.tenants !== "all")
    throw new AppError("forbidden", "Invoices are of the whole workspace; you are limited to some tenants.");
}

/** Invoices of a month, and the providers that were used in it. */
export async function listInvoices(ctx: Ctx, input: unknown): Promise<{ items: InvoiceView[]; providers: string[] }> {
  requireWhole(ctx);
  const month = monthSchema.parse(input);
  const { timeZone } = await loadWorkspace(ctx.db);
  const [items, { rows }] = await Promise.all([
    findInvoices(ctx.db.pool, month),
    runQuery(ctx, {
      metrics: ["cost_usd"],
      groupBy: ["provider"],
      filters: [{ dimension: "pool", in: [""] }],
      ...iso(periodOfMonth(month, timeZone)),
    }),
  ]);
  const used = rows.map((row) => String(row["provider"] ?? "")).filter((provider) => provider !== "");
  return { items, providers: [...new Set([...items.map(({ provider }) => provider), ...used])].sort() };
}

const iso = ({ from, to }: { from: Date; to: Date }) => ({ from: from.toISOString(), to: to.toISOString() });

export async function reconcileMonth(ctx: Ctx, input: { month: unknown; provider: string }): Promise<Reconciliation> {
  requireWhole(ctx);
  const month = monthSchema.parse(input.month);
  const { provider } = input;
  const { timeZone } = await loadWorkspace(ctx.db);
  const period = periodOfMonth(month, timeZone);
  await recordCharges({ ...ctx, actor: SYSTEM_ACTOR }, period);
  const [all, charges, timing] = await Promise.all([
    findInvoices(ctx.db.pool, month),
    readCharges(ctx.db.pool, period),
    readTiming(ctx, month, timeZone, provider),
  ]);
  const invoices = all.filter((invoice) => invoice.provider === provider);
  const rates = new Map<string, CurrencyRate>();
  for (const { currency } of invoices)
    rates.set(currency, await loadRate(ctx.db, currency, rateDayOf(period, ctx.now, timeZone)));
  const rateOf = new Map(invoices.map(({ id, currency }) => [id, rates.get(currency)!.rate]));
  const lines = await readLines(
    ctx.db.pool,
    invoices.map(({ id }) => id),
  );
  const calculated = new Map<string, Calculated>();
  for (const { provider: of, model, meter, pool, quantity, costNanoUsd } of charges) {
    if (of !== provider || pool !== "") continue;
    const key = `${model}/${meter}`;
    const known = calculated.get(key) ?? { provider, model, meter, quantity: 0n, nanoUsd: 0n };
    calculated.set(key, { ...known, quantity: known.quantity + quantity, nanoUsd: known.nanoUsd + costNanoUsd });
  }
  const billed = lines.map(({ invoiceId, amount, ...line }) => ({ ...line, nanoUsd: toUsdNano(amount, rateOf.get(invoiceId)!) }));
  const { rows, billedNano, calculatedNano, parts } = reconcile({ billed, calculated: [...calculated.values()], timing });
  return {
    month,
    provider,
    invoices,
    rates: [...rates.values()].map(({ currency, rate, day }) => ({ currency, rate, day })),
    rows,
    billedUsd: nanoToUsd(billedNano),
    calculatedUsd: nanoToUsd(calculatedNano),
    parts: Object.fromEntries(DIFFERENCE_KINDS.map((kind) => [kind, nanoToUsd(parts[kind])])) as Reconciliation["parts"],
  };
}

/** Providers bill days of UTC: per model, cost of the UTC month less cost of the workspace's. */
async function readTiming(ctx: Ctx, month: string, timeZone: string, provider: string): Promise<Map<string, bigint>> {
  const [own, utc] = [periodOfMonth(month, timeZone), periodOfMonth(month, "UTC")];
  if (own.from.getTime() === utc.from.getTime() && own.to.getTime() === utc.to.getTime()) return new Map();
  const cost = async (period: { from: Date; to: Date }) => {
    const { rows } = await runQuery(ctx, {
      metrics: ["cost_usd"],
      groupBy: ["modelServed"],
      filters: [
        { dimension: "provider", in: [provider] },
        { dimension: "pool", in: [""] },
      ],
      ...iso(period),
    });
    return rows.map((row): [string, bigint] => {
      const cell = row["cost_usd"];
      return [String(row["modelServed"] ?? ""), toNanoUsd((cell && typeof cell === "object" ? cell.value : null) ?? "0")];
    });
  };
  const timing = new Map(await cost(utc));
  for (const [model, nano] of await cost(own)) timing.set(model, (timing.get(model) ?? 0n) - nano);
  return new Map([...timing].filter(([, nano]) => nano !== 0n));
}
