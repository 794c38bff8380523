import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { runQuery } from "@/lib/metrics";
import type { MetricCell } from "@/lib/metrics/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { loadPriceBook, rateUsage, type PriceBook } from "@/lib/pricing";
import { buildPriceBook } from "@/lib/pricing/book";
import { readActiveRules } from "@/lib/pricing/store";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import type { SampleEvent } from "../detectors/input";
import { groupBy, percent, sumNano } from "../detectors/looking";
import { DailyShare } from "../detectors/measured-share";
import { readPolicies } from "../gather/read-policies";
import { readSample } from "../gather/read-sample";
import { isResponseHit } from "./cache-replay";
import { play, type Played } from "./play";
import {
  replaySchema,
  type ReplayGroup,
  type ReplayInput,
  type ReplayOptions,
  type ReplayResult,
  type Scenario,
} from "./schemas";

/** Someone waits for the answer: fewer rows than the daily run. */
const LIMITS = { rows: 60_000, scanned: 1_500_000 };
const EXAMPLES = 8;

/** Last week's requests of the actor's tenants under other rules. Reads only. */
export async function runReplay(ctx: Ctx, input: ReplayInput): Promise<ReplayResult> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const { days, tenant, endpoint, scenario } = replaySchema.parse(input);
  const to = Math.floor(ctx.now.getTime() / HOUR_MS) * HOUR_MS;
  const from = to - days * DAY_MS;
  const scope = { from, to, ...(tenant === undefined ? {} : { tenant }), ...(endpoint === undefined ? {} : { endpoint }) };
  const sample = await readSample(ctx, scope, LIMITS);
  if (sample.events.length === 0)
    throw new AppError("unprocessable", "There are no requests of it in these days: nothing to play.");
  const { policyOf } = await readPolicies(ctx);
  const book = scenario.kind === "prices" ? await proposedBook(ctx, scenario) : await loadPriceBook(ctx.db);
  const played = play(sample.events, scenario, { policyOf, rate: atItsTime(book) });
  const before = await costOf(ctx, scope);
  return {
    from: new Date(sample.from).toISOString(),
    to: new Date(to).toISOString(),
    ...resultOf(played, { scenario, share: sample.share, beforeNanoUsd: before }),
    assumptions: assumptionsOf(scenario, sample.share),
  };
}

/** What can be chosen. */
export async function getReplayOptions(ctx: Ctx): Promise<ReplayOptions> {
  requireRole(ctx, "viewer");
  const to = ctx.now.getTime();
  const period = { from: new Date(to - 7 * DAY_MS).toISOString(), to: new Date(to).toISOString(), metrics: ["requests"] };
  const [models, endpoints, tenants] = await Promise.all([
    runQuery(ctx, { ...period, groupBy: ["provider", "modelServed"], filters: [{ dimension: "pool", in: [""] }] }),
    runQuery(ctx, { ...period, groupBy: ["endpoint"] }),
    runQuery(ctx, { ...period, groupBy: ["tenant"] }),
  ]);
  return {
    models: models.rows.map((row) => ({ provider: row["provider"] as string, model: row["modelServed"] as string })),
    endpoints: endpoints.rows.map((row) => row["endpoint"] as string).filter(Boolean),
    tenants: tenants.rows.map((row) => row["tenant"] as string).filter(Boolean),
  };
}

const atItsTime =
  (book: PriceBook) =>
  (event: SampleEvent): bigint | null => {
    const { pricingState, costNanoUsd } = rateUsage(book, event);
    return pricingState === "unpriced" ? null : costNanoUsd;
  };

/** The book in force with one more price in front of it, for everybody and all time. */
async function proposedBook(
  ctx: Ctx,
  { provider, model, input, cacheRead, output }: Scenario & { kind: "prices" },
): Promise<PriceBook> {
  const rules = await readActiveRules(ctx.db);
  const meter = (base: string) => ({ base, tiers: [] });
  const proposed = {
    id: Number.MAX_SAFE_INTEGER,
    book: "workspace" as const,
    tenantId: null,
    provider,
    model,
    match: { model: { equals: model } },
    state: "priced" as const,
    prices: {
      input: meter(input),
      cacheRead: meter(cacheRead ?? input),
      cacheWrite5m: meter(input),
      cacheWrite1h: meter(input),
      output: meter(output),
    },
    effectiveFrom: null,
    effectiveTo: null,
    source: "replay",
  };
  // A tenant's own contract and other prices of this model would win over it: it is the proposal that is asked about.
  const others = rules.filter((rule) => rule.book === "base" || rule.book === "imported" || rule.model !== model);
  return buildPriceBook([...others, proposed], "replay");
}

async function costOf(ctx: Ctx, scope: { from: number; to: number; tenant?: string; endpoint?: string }): Promise<bigint> {
  const filters = (["tenant", "endpoint"] as const).flatMap((dimension) => {
    const value = scope[dimension];
    return value === undefined ? [] : [{ dimension, in: [value] }];
  });
  const { rows } = await runQuery(ctx, {
    metrics: ["cost_usd"],
    filters,
    from: new Date(scope.from).toISOString(),
    to: new Date(scope.to).toISOString(),
  });
  return toNanoUsd((rows[0]?.["cost_usd"] as MetricCell | undefined)?.value ?? "0");
}

/** Pure: the played requests added up. Money is the catalogue's, times the part that the sample says. */
export function resultOf(
  played: readonly Played[],
  { scenario, share, beforeNanoUsd }: { scenario: Scenario; share: number; beforeNanoUsd: bigint },
): Omit<ReplayResult, "from" | "to" | "assumptions"> {
  const days = new DailyShare();
  for (const { request, afterNanoUsd } of played) {
    const saved = afterNanoUsd === null ? 0n : request.costNanoUsd - afterNanoUsd;
    days.add(request.startedAt, saved, request.costNanoUsd);
  }
  const estimate = days.estimate() ?? { share: 0, low: 0, high: 0, days: 0 };
  const sampleBefore = sumNano(played, ({ request }) => request.costNanoUsd);
  const sampleAfter = sumNano(played, ({ request, afterNanoUsd }) => afterNanoUsd ?? request.costNanoUsd);
  // Everything was played: exactly what came out. A sample: its part of the whole, which the catalogue knows.
  const whole = share >= 1 || sampleBefore === 0n;
  const before = whole ? sampleBefore : beforeNanoUsd;
  const partOf = (fraction: number) => (before * BigInt(Math.round(fraction * 1e9))) / 1_000_000_000n;
  const saved = whole ? sampleBefore - sampleAfter : partOf(estimate.share);
  const scaled = (value: number) => Math.round(value / share);
  const affected = played.filter((one) => one.affected);
  const known = played.filter(({ request, afterNanoUsd }) => afterNanoUsd !== null && !isResponseHit(request.final));
  const groups = (key: (one: Played) => string) =>
    [...groupBy(played, key)]
      .map(([name, own]): ReplayGroup => {
        const was = sumNano(own, ({ request }) => request.costNanoUsd);
        const is = sumNano(own, ({ request, afterNanoUsd }) => afterNanoUsd ?? request.costNanoUsd);
        const up = (nano: bigint) => nanoToUsd(BigInt(Math.round(Number(nano) / share)));
        return {
          key: name,
          requests: scaled(own.length),
          affected: scaled(own.filter((one) => one.affected).length),
          beforeUsd: up(was),
          afterUsd: up(is),
        };
      })
      .sort(
        (a, b) =>
          Number(b.beforeUsd) - Number(b.afterUsd) - (Number(a.beforeUsd) - Number(a.afterUsd)) || (a.key < b.key ? -1 : 1),
      );
  const difference = ({ request, afterNanoUsd }: Played) => Math.abs(Number(request.costNanoUsd - (afterNanoUsd ?? 0n)));
  return {
    sampleShare: share,
    requests: scaled(played.length),
    affected: scaled(affected.length),
    hitRate: scenario.kind === "cache" && known.length > 0 ? affected.length / known.length : null,
    unknown: scaled(played.filter(({ afterNanoUsd }) => afterNanoUsd === null).length),
    beforeUsd: nanoToUsd(before),
    afterUsd: nanoToUsd(before - saved),
    savedUsd: nanoToUsd(saved),
    savedLowUsd: nanoToUsd(partOf(estimate.low)),
    savedHighUsd: nanoToUsd(partOf(estimate.high)),
    days: estimate.days,
    secondsSpared:
      scenario.kind === "cache"
        ? Math.round(affected.reduce((sum, { request }) => sum + (request.endedAt - request.startedAt), 0) / 1_000 / share)
        : null,
    byTenant: groups(({ request }) => request.final.tenant),
    byEndpoint: groups(({ request }) => request.final.endpoint),
    examples: affected
      .toSorted((a, b) => difference(b) - difference(a))
      .slice(0, EXAMPLES)
      .map(({ request, afterNanoUsd }) => ({
        requestId: request.final.requestId,
        tenant: request.final.tenant,
        endpoint: request.final.endpoint,
        beforeUsd: nanoToUsd(request.costNanoUsd),
        afterUsd: nanoToUsd(afterNanoUsd ?? 0n),
      })),
  };
}

function assumptionsOf(scenario: Scenario, share: number): string[] {
  const always = [
    "People would have asked the same, as often, at the same times.",
    share < 1
      ? `A sample of ${percent(share)} of the contents was played, each with all its repetitions; counts are scaled up, money is that part of the exact cost.`
      : "Every request of the days was played.",
  ];
  switch (scenario.kind) {
    case "cache":
      return [
        ...always,
        "The key is the gateway's; the hash of the request stands for its content, which is not kept. Requests without a hash cannot be a hit.",
        "An answer is stored when it is complete and was a success, and kept for its time to live; hits do not prolong it. The cache is never full.",
        "Endpoints marked personalised are not cached in this scope, as at the gateway.",
      ];
    case "routing":
      return [
        ...always,
        "The other model reads and writes as many tokens as the one that answered, at the price of that day. Its prompt cache starts as warm.",
        "It answers at the first try: retries of the affected requests fall away.",
        "Whether its answers are as good is not played: evaluate it.",
      ];
    case "cap":
      return [
        ...always,
        "Answers end at the cap; nobody asks again because an answer was cut. Other prices are those of the day.",
      ];
    case "prices":
      return [
        ...always,
        "The proposed price holds for the whole period and every tenant, in the place of list prices and contracts of this model.",
        "Writing to a prompt cache costs as much as reading uncached input.",
      ];
  }
}
