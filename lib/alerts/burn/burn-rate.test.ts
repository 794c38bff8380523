import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BURN_PAIRS, burnRate, burnThreshold, firingPair, judgeBurn } from "./burn-rate";

const DAY_SEC = 86_400;
const HOUR_SEC = 3_600;
const budget = { amount: "30000", periodSec: 30 * DAY_SEC };

describe("burn rate of $30,000 per 30 days", () => {
  it("begins to alarm at $600 in 1 h, $1,500 in 6 h and $3,000 in 3 d", () => {
    expect(BURN_PAIRS.map((pair) => burnThreshold(pair.factor, pair.longSec, budget).toFixed())).toEqual(["600", "1500", "3000"]);
    expect(BURN_PAIRS.map((pair) => burnThreshold(pair.factor, pair.shortSec, budget).toFixed())).toEqual(["50", "125", "250"]);
  });
  it("is 14.4, 6 and 1 there", () => {
    expect(burnRate("600", HOUR_SEC, budget)!.toFixed()).toBe("14.4");
    expect(burnRate("1500", 6 * HOUR_SEC, budget)!.toFixed()).toBe("6");
    expect(burnRate("3000", 3 * DAY_SEC, budget)!.toFixed()).toBe("1");
    expect(burnRate("30000", 30 * DAY_SEC, budget)!.toFixed()).toBe("1");
  });
  it("is unknown for a budget of nothing", () => {
    expect(burnRate("1", HOUR_SEC, { amount: "0", periodSec: DAY_SEC })).toBeNull();
  });
});

describe("pairs", () => {
  const spends = (windows: Record<number, string | null>) => (windowSec: number) => windows[windowSec] ?? null;

  it("fires at exactly the threshold in both windows, and not a nano-dollar below", () => {
    const windows = { 3600: "600", 300: "50" };
    expect(firingPair(judgeBurn(spends(windows), budget))?.pair.factor).toBe("14.4");
    expect(firingPair(judgeBurn(spends({ ...windows, 300: "49.999999999" }), budget))).toBeNull();
    expect(firingPair(judgeBurn(spends({ ...windows, 3600: "599.999999999" }), budget))).toBeNull();
  });
  it("is AND inside a pair: an hour of overspend that is over by now does not fire", () => {
    expect(firingPair(judgeBurn(spends({ 3600: "900", 300: "0" }), budget))).toBeNull();
  });
  it("is OR across pairs, and the most urgent one is named", () => {
    const slow = { 3600: "100", 300: "8", 21600: "1500", 1800: "125", 259200: "3000" };
    expect(firingPair(judgeBurn(spends(slow), budget))?.pair.factor).toBe("6");
    expect(firingPair(judgeBurn(spends({ ...slow, 3600: "600", 300: "50" }), budget))?.pair.factor).toBe("14.4");
  });
  it("never fires on a window of which nothing is known", () => {
    expect(firingPair(judgeBurn(spends({ 3600: "600", 300: null }), budget))).toBeNull();
    expect(judgeBurn(() => null, budget).every(({ firing }) => !firing)).toBe(true);
  });
});

describe("whatever the budget", () => {
  const nano = fc.bigInt({ min: 1n, max: 10n ** 18n });
  const seconds = fc.integer({ min: 60, max: 400 * DAY_SEC });
  it("spending the budget evenly burns at 1, and the threshold of a factor burns at that factor", () => {
    fc.assert(
      fc.property(nano, seconds, seconds, fc.constantFrom("14.4", "6", "1"), (amount, periodSec, windowSec, factor) => {
        const any = { amount: amount.toString(), periodSec };
        expect(burnRate(any.amount, periodSec, any)!.toFixed()).toBe("1");
        const spend = burnThreshold(factor, windowSec, any);
        expect(burnRate(spend, windowSec, any)!.sub(factor).abs().lt("1e-40")).toBe(true);
      }),
    );
  });
  it("more spend never burns slower", () => {
    fc.assert(
      fc.property(nano, nano, seconds, (less, more, windowSec) => {
        const slow = burnRate(less.toString(), windowSec, budget)!;
        const fast = burnRate((less + more).toString(), windowSec, budget)!;
        expect(fast.gt(slow)).toBe(true);
      }),
    );
  });
});
