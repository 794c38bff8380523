import type { Ctx } from "@/lib/auth/actor";
import { loadRate, type CurrencyRate } from "@/lib/currency";
import { minorToText, nanoToUsd, toNanoUsd } from "@/lib/money";
import { loadWorkspace } from "@/lib/workspace";
import { assembleMonth, type AssembledMonth } from "./assemble";
import { minorOf } from "./correct";
import { loadMonthCosts } from "./load-costs";
import { periodOfMonth, rateDayOf, type MonthPeriod } from "./month";
import { countPendingHours } from "./read-pool-costs";
import type { StatementContent, StatementLine } from "./schemas";

export interface LiveMonth {
  period: MonthPeriod;
  timeZone: string;
  rate: CurrencyRate;
  assembled: AssembledMonth;
  /** GPU hours that still wait to be shared out. */
  pendingGpuHours: number;
  /** What one tenant owes, at the rate of the month or at that of its locked statement. */
  contentOf(tenant: string, locked?: StatementContent): StatementContent;
}

/** A month as it is known now, for everybody. */
export async function loadLiveMonth(ctx: Ctx, month: string): Promise<LiveMonth> {
  const { timeZone, currency } = await loadWorkspace(ctx.db);
  const period = periodOfMonth(month, timeZone);
  const [costs, rate, pendingGpuHours] = await Promise.all([
    loadMonthCosts(ctx, period, timeZone),
    loadRate(ctx.db, currency, rateDayOf(period, ctx.now, timeZone)),
    countPendingHours(ctx, period),
  ]);
  const assembled = assembleMonth(costs, rate);
  const contentOf = (tenant: string, locked?: StatementContent): StatementContent => {
    const kept = locked && (locked.currency !== rate.currency || locked.rate !== rate.rate);
    const month = kept ? assembleMonth(costs, { rateNano: toNanoUsd(locked.rate), digits: locked.digits }) : assembled;
    const lines = month.tenants.get(tenant) ?? [];
    const used = locked ?? { currency: rate.currency, digits: rate.digits, rate: rate.rate, rateDay: rate.day };
    return {
      currency: used.currency,
      digits: used.digits,
      rate: used.rate,
      rateDay: used.rateDay,
      timeZone,
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      lines,
      exactUsd: exactOf(lines),
      total: totalOf(lines, used.digits),
    };
  };
  return { period, timeZone, rate, assembled, pendingGpuHours, contentOf };
}

export const totalOf = (lines: readonly StatementLine[], digits: number): string =>
  minorToText(
    lines.reduce((sum, { amount }) => sum + minorOf(amount), 0n),
    digits,
  );

const exactOf = (lines: readonly StatementLine[]): string =>
  nanoToUsd(lines.reduce((sum, { exactUsd }) => sum + toNanoUsd(exactUsd), 0n));
