import type { RouteTarget } from "@/lib/policies/schemas";
import { usagePool, type Detection, type ProposedEdit } from "../findings/finding";
import type { AdvisorInput, ModelOption, SampleEvent } from "./input";
import {
  count,
  exploreLink,
  groupBy,
  isApiCall,
  mainRoute,
  number,
  pageLink,
  percent,
  quantile,
  ratio,
  requestsLink,
  sumOf,
  tokens,
} from "./looking";
import { DailyShare, type ShareEstimate } from "./measured-share";

/** A dear model that only ever says a few words: a closed set of answers, which a smaller one can learn from the prompt. */
const FEW_TOKENS = 32;
const MIN_ANSWERS = 100;
/** The other model must cost at most this much of it. */
const CHEAPER = 0.5;
/** Quality may differ by this much. */
export const POINTS = 0.02;
export const MIN_OUTCOMES = 50;

export function detectRightSize(input: AdvisorInput): Detection[] {
  const answers = input.sample.events.filter(
    (event) => isApiCall(event) && event.status === "success" && event.meters.output > 0,
  );
  const groups = groupBy(answers, ({ endpoint, modelServed }) => JSON.stringify([endpoint, modelServed]));
  return [...groups.values()].flatMap((events) => {
    const { endpoint, modelServed: model } = events[0]!;
    const p95 = quantile(
      events.map(({ meters }) => meters.output),
      0.95,
    )!;
    if (events.length < MIN_ANSWERS || p95 > FEW_TOKENS) return [];
    const route = mainRoute(events);
    const targets = route === null ? {} : (input.policyOf(null, endpoint).routing.routes[route]?.targets ?? {});
    const found = cheapest(input, events, targets);
    if (!found) return [];
    const { option, estimate, target } = found;
    const here = qualityOf(input, endpoint, model);
    const there = qualityOf(input, endpoint, option.model);
    const compared = here !== null && there !== null;
    if (compared && there < here - POINTS) return [];
    const rows = input.traffic.filter((row) => row.endpoint === endpoint && row.model === model);
    return [
      {
        lever: "right_size",
        scope: { endpoint, model },
        title: `${model} is oversized for ${endpoint}`,
        statement: `${number(events.length)} answers looked at, 95 % of them of ${p95} tokens or fewer: a choice between a few words. ${option.model} would cost ${percent(1 - estimate.share)} of it for the same tokens.`,
        numbers: [
          tokens("Output p95", p95),
          ratio(`Price of ${option.model} against it`, 1 - estimate.share),
          count(
            "Requests",
            sumOf(rows, ({ requests }) => requests),
          ),
          ...(here === null ? [] : [ratio(`Good outcomes of ${model}`, here)]),
          ...(there === null ? [] : [ratio(`Good outcomes of ${option.model}`, there)]),
        ],
        links: [
          exploreLink("Cost and quality by model in Explore", "cost_usd,requests,quality_rate", "modelServed", { endpoint }),
          requestsLink("The requests", { endpoint, modelServed: model }),
        ],
        // Low: half of the requests turn out to need the large model after all.
        parts: rows.map((row) => ({
          pool: usagePool(row.tenant, row.endpoint, row.model),
          low: estimate.low / 2,
          high: estimate.high,
        })),
        basis: "measured",
        method: `The same tokens priced at ${option.model}, prices of now. High: all of them; low: half of them.`,
        confidence: compared ? "high" : "medium",
        confidenceWhy: compared
          ? "Both models served this endpoint and did equally well."
          : "The price is certain, the quality of the smaller model is not measured yet.",
        prerequisites: ["An evaluation of the smaller model on golden prompts must pass before approval."],
        remedy:
          route !== null && target
            ? {
                kind: "change",
                title: `${option.model} for ${endpoint}`,
                edits: [moveWeight(endpoint, route, targets, target, model)],
              }
            : {
                kind: "task",
                title: `Add ${option.model} to the route of ${endpoint}`,
                steps: [
                  `Add ${option.model} as a target with weight 0 to the route that ${endpoint} uses.`,
                  "Run an evaluation against it, then move the weight in a change.",
                ],
                link: pageLink("To the policies", `/policies?endpoint=${encodeURIComponent(endpoint)}&kind=routing&level=global`),
              },
      },
    ];
  });
}

interface Cheaper {
  option: ModelOption;
  estimate: ShareEstimate;
  /** How the route names it, or would. */
  target: { id: string; target: RouteTarget } | null;
}

/** The cheapest model for these tokens: one that the route has already before any other. */
function cheapest(input: AdvisorInput, events: readonly SampleEvent[], targets: Record<string, RouteTarget>): Cheaper | null {
  const { modelServed } = events[0]!;
  const options = input.models
    .filter((option) => option.pool === null && option.model !== modelServed)
    .flatMap((option): Cheaper[] => {
      const estimate = priceAgainst(input, events, option);
      if (!estimate || estimate.share < 1 - CHEAPER) return [];
      const own = Object.entries(targets).find(([, target]) => target.model === option.model);
      return [{ option, estimate, target: own ? { id: own[0], target: own[1] } : knownTarget(input, option.model) }];
    });
  const inRoute = options.filter(({ option }) => Object.values(targets).some(({ model }) => model === option.model));
  const [best] = (inRoute.length > 0 ? inRoute : options).sort((a, b) => b.estimate.share - a.estimate.share);
  return best ?? null;
}

/** The part of their cost that these events would not have had with another model; null: it has no price for them. */
export function priceAgainst(input: AdvisorInput, events: readonly SampleEvent[], option: ModelOption): ShareEstimate | null {
  const share = new DailyShare();
  for (const event of events) {
    const was = input.rate(event);
    const is = input.rate({
      ...event,
      provider: option.provider,
      modelServed: option.model,
      modelRequested: option.model,
      pool: option.pool,
    });
    if (was === null || is === null) return null;
    share.add(event.occurredAt, was - is, was);
  }
  return share.estimate();
}

/** Another route calls this model: the same upstream can serve here. */
function knownTarget(input: AdvisorInput, model: string): { id: string; target: RouteTarget } | null {
  for (const { targets } of Object.values(input.policyOf(null, null).routing.routes)) {
    for (const [id, target] of Object.entries(targets)) if (target.model === model && !target.pool) return { id, target };
  }
  return null;
}

function moveWeight(
  endpoint: string,
  route: string,
  targets: Record<string, RouteTarget>,
  { id, target }: { id: string; target: RouteTarget },
  from: string,
): ProposedEdit {
  const weights = Object.fromEntries(
    Object.entries(targets).flatMap(([name, one]) => (one.model === from ? [[name, { weight: 0 }]] : [])),
  );
  const added = id in targets ? { weight: 1 } : { upstream: target.upstream, model: target.model, weight: 1 };
  return {
    kind: "routing",
    scope: { level: "endpoint", value: endpoint },
    patch: { routes: { [route]: { targets: { ...weights, [id]: added }, fallback: { order: Object.keys(weights) } } } },
  };
}

/** Share of good outcomes; null: too few to say. */
export function qualityOf(input: AdvisorInput, endpoint: string, model: string): number | null {
  const row = input.quality.find((one) => one.endpoint === endpoint && one.model === model);
  return row && row.outcomes >= MIN_OUTCOMES ? row.good / row.outcomes : null;
}
