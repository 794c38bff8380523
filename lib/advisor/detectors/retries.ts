import { nanoToUsd } from "@/lib/money";
import { requestsOf } from "../replay/cache-replay";
import type { Detection } from "../findings/finding";
import type { AdvisorInput, TrafficRow } from "./input";
import {
  count,
  dollars,
  exploreLink,
  groupBy,
  isApiCall,
  mainRoute,
  ms,
  number,
  pageLink,
  partsOf,
  percent,
  quantile,
  ratio,
  requestsLink,
  roundUp,
  sampled,
  sumNano,
  sumOf,
} from "./looking";
import { DailyShare } from "./measured-share";

const MIN_ATTEMPTS = 100;
/** Retries in attempts, from which they are more than bad luck. */
const STORM = 0.08;
const MIN_WASTE = 0.05;
/** Failures that are timeouts, from which the timeout is the cause. */
const MOSTLY = 0.5;
const DUPLICATES = 0.03;

/** Spend on attempts that failed and were tried again, and on requests that were sent twice. */
export const detectRetries = (input: AdvisorInput): Detection[] =>
  [...groupBy(input.traffic, ({ tenant, endpoint }) => JSON.stringify([tenant, endpoint])).values()].flatMap((rows) => [
    ...retryStorm(input, rows),
    ...duplicates(input, rows),
  ]);

function retryStorm(input: AdvisorInput, rows: TrafficRow[]): Detection[] {
  const { tenant, endpoint } = rows[0]!;
  const [attempts, retries, requests] = (["attempts", "retries", "requests"] as const).map((key) =>
    sumOf(rows, (row) => row[key]),
  );
  if (attempts! < MIN_ATTEMPTS || retries! / attempts! < STORM) return [];
  const events = input.sample.events.filter(
    (event) => event.tenant === tenant && event.endpoint === endpoint && isApiCall(event),
  );
  const failed = events.filter(({ status }) => status !== "success");
  const timeouts = failed.filter(({ status }) => status === "timeout");
  const answered = events.filter(({ status }) => status === "success");
  const usual = answered.length === 0 ? 0n : sumNano(answered, ({ costNanoUsd }) => costNanoUsd) / BigInt(answered.length);
  const share = new DailyShare();
  for (const { startedAt, costNanoUsd, attempts: tried } of requestsOf(events)) {
    // Done right, a request costs what one that succeeds costs.
    const wasted = tried > 1 && costNanoUsd > usual ? costNanoUsd - usual : 0n;
    share.add(startedAt, wasted, costNanoUsd);
  }
  const estimate = share.estimate();
  if (!estimate || estimate.share < MIN_WASTE) return [];
  const fromTimeouts = failed.length > 0 && timeouts.length / failed.length >= MOSTLY;
  const route = mainRoute(events);
  const policy = route === null ? undefined : input.policyOf(tenant, endpoint).routing.routes[route];
  // How long the work takes where nobody cuts it short.
  const elsewhere = input.sample.events.flatMap((event) =>
    event.endpoint === endpoint && event.status === "success" && isApiCall(event) && event.latencyMs !== null
      ? [event.latencyMs]
      : [],
  );
  const latency = quantile(elsewhere, 0.99) ?? 0;
  const timeoutMs = Math.max(policy?.timeoutMs ?? 0, roundUp(2 * latency, 1_000));
  const longer = fromTimeouts && policy !== undefined && timeoutMs > policy.timeoutMs;
  return [
    {
      lever: "retries",
      scope: { tenant, endpoint },
      title: `Retry storm of ${tenant} on ${endpoint}`,
      statement: `${number(attempts!)} attempts for ${number(requests!)} requests; ${percent(estimate.share)} of the cost went into attempts that were thrown away.${fromTimeouts ? ` ${percent(timeouts.length / failed.length)} of the failures are timeouts${policy ? ` after ${number(policy.timeoutMs / 1_000)} s` : ""}, and the work takes up to ${number(latency / 1_000)} s.` : ""}`,
      numbers: [
        ratio("Retries in attempts", retries! / attempts!),
        ratio("Spend thrown away", estimate.share),
        ratio("Timeouts among failures", failed.length === 0 ? 0 : timeouts.length / failed.length),
        ms("Latency p99 of answers", latency),
        dollars("Cost of retries in the window", nanoToUsd(sumNano(rows, (row) => row.costRetriedNanoUsd))),
      ],
      links: [
        exploreLink("Retries by tenant in Explore", "retries,attempts,cost_retried_usd,timeouts", "tenant", { endpoint }),
        requestsLink("The requests that were tried again", { tenant, endpoint }, { flags: "retry" }),
      ],
      parts: partsOf(rows, estimate.low, estimate.high),
      basis: "measured",
      method: `What each request cost (${sampled(input)}) against what a request that succeeds at once costs; 95 % interval over ${estimate.days} days.`,
      confidence: fromTimeouts ? "high" : "medium",
      confidenceWhy: fromTimeouts
        ? "Nearly all failures have one cause, and it is a setting."
        : "Why the attempts fail is not one thing.",
      prerequisites: longer ? ["The caller must be willing to wait longer than its old timeout."] : [],
      remedy:
        route !== null && policy
          ? {
              kind: "change",
              title: `Fewer retries of ${tenant} on ${route}${longer ? `, and ${number(timeoutMs / 1_000)} s to answer` : ""}`,
              edits: [
                {
                  kind: "routing",
                  scope: { level: "tenant", value: tenant },
                  patch: {
                    routes: {
                      [route]: {
                        ...(longer ? { timeoutMs } : {}),
                        retry: { attempts: Math.min(2, policy.retry.attempts), budgetPercent: 10, backoffMs: 500 },
                      },
                    },
                  },
                },
              ],
            }
          : {
              kind: "task",
              title: `Fewer retries in the client of ${tenant}`,
              steps: [
                "Retry at most once, with a budget of 10 % of requests and a growing pause.",
                ...(fromTimeouts ? [`Wait at least ${number(timeoutMs / 1_000)} s for an answer.`] : []),
              ],
              link: pageLink("Its requests", `/requests?tenant=${tenant}&endpoint=${endpoint}&flags=retry&range=7d`),
            },
    },
  ];
}

function duplicates(input: AdvisorInput, rows: TrafficRow[]): Detection[] {
  const { tenant, endpoint } = rows[0]!;
  const [requests, repeated] = (["requests", "duplicates"] as const).map((key) => sumOf(rows, (row) => row[key]));
  const cost = sumNano(rows, (row) => row.costNanoUsd);
  const wasted = sumNano(rows, (row) => row.costDuplicateNanoUsd);
  const { exact } = input.policyOf(tenant, endpoint).caching;
  if (requests! < MIN_ATTEMPTS || cost === 0n || exact.enabled) return [];
  const share = Number(wasted) / Number(cost);
  if (repeated! / requests! < DUPLICATES || share < DUPLICATES) return [];
  const events = input.sample.events.filter(
    (event) => event.tenant === tenant && event.endpoint === endpoint && isApiCall(event),
  );
  const route = mainRoute(events);
  const policy = route === null ? undefined : input.policyOf(tenant, endpoint).routing.routes[route];
  // Repeats of the whole day are the exact cache's: here it is only what was sent twice in a row.
  return [
    {
      lever: "retries",
      scope: { tenant, endpoint, step: "duplicates" },
      title: `${tenant} sends the same request to ${endpoint} twice`,
      statement: `${number(repeated!)} of ${number(requests!)} requests repeat one of the five minutes before: ${percent(share)} of the cost.`,
      numbers: [
        ratio("Duplicates in requests", repeated! / requests!),
        ratio("Spend on duplicates", share),
        count("Duplicates", repeated!),
        dollars("Cost of duplicates in the window", nanoToUsd(wasted)),
      ],
      links: [
        exploreLink("Duplicates by tenant in Explore", "duplicates,cost_duplicate_usd", "tenant", { endpoint }),
        requestsLink("The duplicates", { tenant, endpoint }, { flags: "duplicate" }),
      ],
      // Coalescing catches what is still in flight, a short cache the rest.
      parts: partsOf(rows, share / 2, share),
      basis: "measured",
      method:
        "Cost of duplicate requests, each counted by the event store. Low: half of them are caught while the first is in flight.",
      confidence: "high",
      confidenceWhy: "Counted, not estimated.",
      prerequisites: ["Find out why the sender delivers twice: a queue without acknowledgement is the usual cause."],
      remedy:
        route !== null && policy && !policy.coalesce
          ? {
              kind: "change",
              title: `Identical requests of ${tenant} in flight share one call`,
              edits: [
                {
                  kind: "routing",
                  scope: { level: "tenant", value: tenant },
                  patch: { routes: { [route]: { coalesce: true } } },
                },
              ],
            }
          : {
              kind: "task",
              title: `Stop ${tenant} from sending twice`,
              steps: ["Acknowledge a message before it is delivered again, or send an idempotency key."],
              link: pageLink("The duplicates", `/requests?tenant=${tenant}&endpoint=${endpoint}&flags=duplicate&range=7d`),
            },
    },
  ];
}
