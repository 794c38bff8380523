/**
 * How many second tries a route may make. Each request adds `budgetPercent` of a try, each second try takes a whole one:
 * when an upstream fails altogether, retries stay that share of the load. A reserve lets a quiet route try again at all.
 */
const RESERVE = 10;

export class RetryBudgets {
  private readonly balances = new Map<string, number>();

  /** A request of this route arrived. */
  deposit(route: string, budgetPercent: number): void {
    const balance = this.balances.get(route) ?? RESERVE;
    this.balances.set(route, Math.min(Math.max(RESERVE, budgetPercent), balance + budgetPercent / 100));
  }

  /** True: one more try is paid for. */
  take(route: string, budgetPercent: number): boolean {
    const balance = this.balances.get(route) ?? RESERVE;
    // 1e-9: ten deposits of a tenth must pay for one try.
    if (budgetPercent === 0 || balance < 1 - 1e-9) return false;
    this.balances.set(route, balance - 1);
    return true;
  }
}
