/** Where each worked number of budgets, forecasts, anomalies and alerts is a test: see lib/testing/worked-numbers.test.ts. */
import { holdNumbers, type WorkedNumber } from "@/lib/testing/worked-numbers";

const BUDGETS = "lib/alerts/budgets/budgets.test.ts";
const EVENTS = "lib/alerts/budgets/decide-events.test.ts";
const PERIODS = "lib/alerts/budgets/period.test.ts";
const BURN = "lib/alerts/burn/burn-rate.test.ts";
const FORECAST = "lib/alerts/forecast/forecast.test.ts";
const JUDGE = "lib/alerts/anomaly/judge-hour.test.ts";
const FIND = "lib/alerts/anomaly/find-anomalies.test.ts";
const QUESTION = "lib/alerts/evaluate/question.test.ts";
const MACHINE = "lib/alerts/lifecycle/machine.test.ts";
const BACKTEST = "lib/alerts/backtest/run-backtest.test.ts";
const CLOCKS = "workers/alerts/clocks.test.ts";
const KILLED = "workers/alerts/kill.test.ts";
const RENDERED = "lib/notifications/render/render.test.ts";

const NUMBERS: readonly WorkedNumber[] = [
  ["one comparator: exactly at 80 % is reached", EVENTS, '["actual:50", "actual:80"]', "usd(8) - 1n"],
  ["one comparator: exactly at a threshold is over it", QUESTION, '["above", "0.05", "breach"]', '["below", "0.05", "breach"]'],
  ["50, 80, 100 and forecast, once a period", BUDGETS, '"actual:50:0 info", "actual:80:0 warning", "forecast:100:0 warning"'],
  ["thresholds by any path of spend", EVENTS, "each threshold is said exactly once"],
  ["once a period, killed anywhere", "workers/budgets/kill.test.ts", "each threshold was said once"],
  ["hard: capped with scope, spend, limit and reset", BUDGETS, '"tenant capped"', '"2026-11-30T23:00:00.000Z"'],
  ["hard: 429 of the reference gateway", "workers/gateway/budget-caps.test.ts", "budget_exhausted", "spent of"],
  ["a drafted change, once, with its diff", BUDGETS, "max output tokens 800 → 600"],
  ["burn pairs on $30,000 per 30 days", BURN, '["600", "1500", "3000"]', '["50", "125", "250"]'],
  ["14.4, 6 and 1", BURN, '.toBe("14.4")', '.toBe("6")', '.toBe("1")'],
  ["AND inside a pair, OR across", BURN, "is AND inside a pair", "is OR across pairs"],
  ["the same pairs as a condition of a rule", QUESTION, '"600", "50"', '"1500", "125"', '"3000"'],
  [
    "ladder: < 3, 3–13, 14–55, ≥ 56 days",
    FORECAST,
    "slice(0, 2)",
    "slice(0, 3)",
    "slice(0, 13)",
    "slice(0, 14)",
    "slice(0, 55)",
    "slice(0, 56)",
  ],
  ["chosen by the error over past weeks", FORECAST, "is decided by the error over past weeks"],
  ["bands of 80 and 95 % hold what they say", FORECAST, "in80 / runs", "in95 / runs"],
  ["probability of overrun and day of exhaustion", FORECAST, "2026-11-26T00:00:00.000Z", "overrunProbability"],
  ["median 100.5, MAD 2, x = 250 → 50.4", JUDGE, "100.5", "50.4189", "toBeCloseTo(50.4, 1)"],
  ["a floor of the MAD", JUDGE, "1.349", "0.33725"],
  ["the floor as a condition of a rule: 10.03", QUESTION, "(0.6745 * 149.5) / 10.05"],
  ["smallest impact in money and percent", JUDGE, "reach at exactly the smallest impact and share"],
  ["masked around rollouts", FIND, "nothing is said of hours that a rollout touches"],
  ["quality, without a rule", FIND, "quality_rate"],
  ["the lifecycle against an independent reference", MACHINE, "reference"],
  ["exactly one effect a transition, killed anywhere", KILLED, "every transition had exactly one effect at each receiver"],
  [
    "a backtest: fires, time in alert, lead time, dollars",
    BACKTEST,
    "fires: 2, alertSec: 4 * 3_600",
    "leadSec: 7_200",
    'excessUsd).toBe("13")',
  ],
  ["backtest = live, every kind of rule", "workers/alerts/alerts.test.ts", "agree transition for transition"],
  ["HMAC over id.timestamp.body, two secrets", RENDERED, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", '"whsec_AAAA"'],
  ...["Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Chatham"].flatMap((zone): WorkedNumber[] => [
    [`${zone}: periods of budgets`, PERIODS, `"${zone}"`],
    [`${zone}: like hours and last week`, QUESTION, `"${zone}"`],
    [`${zone}: backtest = live while clocks change`, CLOCKS, `"${zone}"`],
  ]),
];

holdNumbers("budgets and alerts", NUMBERS);
