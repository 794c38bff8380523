/**
 * Which part of a spend would have been saved, with how sure one can be. Pure.
 *
 * A ratio of sums over days (weekdays differ, and so does what a sample caught): r = Σ saved ÷ Σ spend, its error from
 * the residuals of the days, s² = n/(n−1) · Σ(saved − r·spend)² ÷ (Σ spend)², and Student's t with n − 1 days.
 * Check: days (4 of 10), (6 of 10) → r = 0.5, s² = 2 · 2 ÷ 400 = 0.01, t₁ = 12.706: everything from 0 to 1.
 */
import { studentQuantile } from "@/lib/stats/student-t";
import { DAY_MS } from "@/lib/time";

export interface ShareEstimate {
  share: number;
  /** 95 % interval, within 0 … 1; below 0 only where the share itself is: it costs more. */
  low: number;
  high: number;
  days: number;
}

export interface DayAmounts {
  saved: number;
  spend: number;
}

/** Null without spend. One day alone says nothing of its error: from half of it to it. */
export function estimateShare(days: readonly DayAmounts[]): ShareEstimate | null {
  const used = days.filter(({ spend }) => spend > 0);
  const spend = used.reduce((sum, day) => sum + day.spend, 0);
  if (spend === 0) return null;
  const share = used.reduce((sum, day) => sum + day.saved, 0) / spend;
  const n = used.length;
  if (n === 1) return { share, low: share / 2, high: share, days: 1 };
  const residuals = used.reduce((sum, day) => sum + (day.saved - share * day.spend) ** 2, 0);
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(((n / (n - 1)) * residuals) / spend ** 2);
  return { share, low: share < 0 ? share - half : Math.max(0, share - half), high: Math.min(1, share + half), days: n };
}

/** Amounts by UTC day: `add(at, saved, spend)` for each request, then `estimate()`. */
export class DailyShare {
  private readonly days = new Map<number, DayAmounts>();

  add(at: number, saved: bigint, spend: bigint): void {
    const day = Math.floor(at / DAY_MS);
    const sums = this.days.get(day) ?? { saved: 0, spend: 0 };
    sums.saved += Number(saved);
    sums.spend += Number(spend);
    this.days.set(day, sums);
  }

  estimate(): ShareEstimate | null {
    return estimateShare([...this.days.values()]);
  }
}
