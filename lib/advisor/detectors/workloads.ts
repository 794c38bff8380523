/** Levers on what an endpoint asks for: shorter prompts, a smaller model for the easy part, a lane without hurry, a student. */
import { usagePool, type Detection } from "../findings/finding";
import { prefixRepetition } from "./caches";
import type { AdvisorInput, EndpointRow, SampleEvent } from "./input";
import {
  count,
  exploreLink,
  groupBy,
  isApiCall,
  isUpstream,
  mainModel,
  mainRoute,
  ms,
  number,
  pageLink,
  partsOf,
  percent,
  quantile,
  ratio,
  requestsLink,
  sampled,
  sumNano,
  sumOf,
  tokens,
  tokensIn,
} from "./looking";
import { DailyShare } from "./measured-share";
import { MIN_OUTCOMES, POINTS, priceAgainst, qualityOf } from "./right-size";

const MIN_REQUESTS = 200;

/** The part of the cost of these calls that is their input. */
function inputShare(input: AdvisorInput, events: readonly SampleEvent[]): number {
  const share = new DailyShare();
  for (const event of events) {
    const all = input.rate(event) ?? 0n;
    const output =
      input.rate({ ...event, meters: { ...event.meters, input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 } }) ?? 0n;
    share.add(event.occurredAt, all > output ? all - output : 0n, all);
  }
  return share.estimate()?.share ?? 0;
}

// ── shorter prompts ──────────────────────────────────────────────────────────────────────────────────────────────────

const DRIFT = 0.15;
const MUCH_LONGER = 3;
const REPEATED = 0.5;
const PUBLISHED_TRIM: readonly [number, number] = [0.1, 0.3];

export function detectTokenReduction(input: AdvisorInput): Detection[] {
  return input.endpoints.flatMap((row) => {
    const events = input.sample.events.filter(
      (event) => event.endpoint === row.endpoint && isApiCall(event) && event.status === "success",
    );
    if (events.length < MIN_REQUESTS) return [];
    return drift(input, row, events) ?? longPrompt(input, row, events) ?? [];
  });
}

function drift(input: AdvisorInput, row: EndpointRow, events: readonly SampleEvent[]): Detection[] | null {
  const { endpoint, inputP50, inputP95, inputP50Before, inputP95Before } = row;
  if (inputP50 === null || inputP95 === null || inputP50Before === null || inputP95Before === null) return null;
  if (row.requestsBefore < MIN_REQUESTS || inputP95 < (1 + DRIFT) * inputP95Before || inputP50 <= inputP50Before) return null;
  const grown = 1 - inputP50Before / inputP50;
  const part = grown * inputShare(input, events);
  const turns = events.filter(({ actionId }) => actionId !== null).length / events.length > 0.5;
  const cap = Math.ceil(inputP95Before / 100) * 100;
  return [
    {
      lever: "token_reduction",
      scope: { endpoint },
      title: `Prompts of ${endpoint} have grown`,
      statement: `The usual prompt has ${number(inputP50)} tokens, three weeks ago it had ${number(inputP50Before)}; the longest twentieth went from ${number(inputP95Before)} to ${number(inputP95)}.`,
      numbers: [
        tokens("Input p50", inputP50),
        tokens("Input p50, three weeks ago", inputP50Before),
        tokens("Input p95", inputP95),
        tokens("Input p95, three weeks ago", inputP95Before),
      ],
      links: [
        exploreLink("Prompt length in Explore", "tokens_in_p50,tokens_in_p95", "endpoint", { endpoint }, "line"),
        requestsLink("The dearest requests", { endpoint }, { sort: "costliest" }),
      ],
      parts: partsOf(rowsOf(input, endpoint), part / 2, part),
      basis: "measured",
      method: "Going back to the length of three weeks ago, on the input part of the cost. Low: half of the growth is needed.",
      confidence: "medium",
      confidenceWhy: "The growth is measured; how much of it is needed is not.",
      prerequisites: ["Find out what was added: a longer history, more examples, more documents."],
      remedy: turns
        ? {
            kind: "change",
            title: `Trim the history of ${endpoint} to ${number(cap)} tokens`,
            edits: [
              {
                kind: "tokens",
                scope: { level: "endpoint", value: endpoint },
                patch: { maxInputTokens: cap, onInputOver: "trim_history" },
              },
            ],
          }
        : trimTask(endpoint),
    },
  ];
}

function longPrompt(input: AdvisorInput, row: EndpointRow, events: readonly SampleEvent[]): Detection[] | null {
  const steps = [
    ...groupBy(
      events.filter(({ meters }) => meters.output > 0),
      ({ step }) => step ?? "",
    ),
  ];
  const main = steps.sort(([, a], [, b]) => b.length - a.length)[0]?.[1] ?? [];
  const usual = quantile(main.map(tokensIn), 0.5);
  const peers = input.endpoints.flatMap(({ endpoint, inputP50 }) =>
    endpoint === row.endpoint || inputP50 === null ? [] : [inputP50],
  );
  const peer = quantile(peers, 0.5);
  const repeated = prefixRepetition(main);
  if (usual === null || peer === null || peers.length < 3 || repeated === null) return null;
  if (main.length < MIN_REQUESTS || usual < MUCH_LONGER * peer || repeated < REPEATED) return null;
  const part = inputShare(input, main);
  return [
    {
      lever: "token_reduction",
      scope: { endpoint: row.endpoint },
      title: `Prompts of ${row.endpoint} are long, and begin the same`,
      statement: `A usual prompt has ${number(usual)} tokens, ${(usual / peer).toFixed(1)} times that of the other endpoints, and ${percent(repeated)} of them begin like one just before. Input is ${percent(part)} of the cost.`,
      numbers: [
        tokens("Input p50", usual),
        tokens("Other endpoints", peer),
        ratio("Repeated beginnings", repeated),
        ratio("Input part of the cost", part),
      ],
      links: [
        exploreLink("Prompt length in Explore", "tokens_in_p50,tokens_in_p95", "endpoint", {}, "bar"),
        requestsLink("The dearest requests", { endpoint: row.endpoint }, { sort: "costliest" }),
      ],
      parts: partsOf(rowsOf(input, row.endpoint), PUBLISHED_TRIM[0] * part, PUBLISHED_TRIM[1] * part),
      basis: "published",
      method: "The published range on the input part of the endpoint's cost.",
      confidence: "low",
      confidenceWhy: "Long is measured, too long is not: only a shorter version of the prompt can tell.",
      prerequisites: ["Golden prompts of the endpoint, to compare the shorter version with."],
      remedy: trimTask(row.endpoint),
    },
  ];
}

const trimTask = (endpoint: string): Detection["remedy"] => ({
  kind: "task",
  title: `A shorter prompt for ${endpoint}`,
  steps: [
    "Take out examples that no longer change an answer, summarise the history, send fewer retrieved passages.",
    "Give the shorter prompt a new version, and compare both on the golden prompts.",
    "Send the version as a tag, so that its cost per successful request can be compared here.",
  ],
  link: pageLink("Its requests", `/requests?endpoint=${encodeURIComponent(endpoint)}&sort=costliest&range=7d`),
});

const rowsOf = (input: AdvisorInput, endpoint: string) => input.traffic.filter((row) => row.endpoint === endpoint);

// ── small model first ────────────────────────────────────────────────────────────────────────────────────────────────

const CHEAPER = 0.5;
/** Of the requests, those with the shortest prompts: the part that a rule can call easy. */
const EASY: readonly [number, number] = [0.3, 0.5];

/** An endpoint that two models serve, and the cheap one does as well. */
export function detectSmallModelFirst(input: AdvisorInput): Detection[] {
  const calls = input.sample.events.filter((event) => isUpstream(event) && event.status === "success" && event.meters.output > 0);
  return [...groupBy(calls, ({ endpoint }) => endpoint)].flatMap(([endpoint, all]): Detection[] => {
    const dear = all.filter(({ pool }) => pool === null);
    const large = mainModel(dear);
    const events = dear.filter(({ modelServed }) => modelServed === large);
    const quality = qualityOf(input, endpoint, large);
    if (events.length < MIN_REQUESTS || quality === null) return [];
    const found = input.models
      .filter(({ model }) => model !== large && (qualityOf(input, endpoint, model) ?? 0) >= quality - POINTS)
      .flatMap((option) => {
        const estimate = priceAgainst(input, events, option);
        return estimate && estimate.share >= 1 - CHEAPER ? [{ option, estimate }] : [];
      })
      .sort((a, b) => b.estimate.share - a.estimate.share)[0];
    if (!found) return [];
    const { option, estimate } = found;
    const small = qualityOf(input, endpoint, option.model)!;
    const [from, to] = [mainRoute(events), mainRoute(all.filter(({ modelServed }) => modelServed === option.model))];
    const limit = quantile(events.map(tokensIn), EASY[1])!;
    const ruled = from !== null && to !== null && from !== to && to in input.policyOf(null, endpoint).routing.routes;
    const rows = rowsOf(input, endpoint).filter(({ model }) => model === large);
    return [
      {
        lever: "small_model_first",
        scope: { endpoint, model: large },
        title: `${option.model} does the easy part of ${endpoint} as well`,
        statement: `Where ${option.model} serves ${endpoint}, ${percent(small)} of the outcomes are good; of ${large} it is ${percent(quality)}. For the same tokens it costs ${percent(1 - estimate.share)} of it.`,
        numbers: [
          ratio(`Good outcomes of ${large}`, quality),
          ratio(`Good outcomes of ${option.model}`, small),
          count(
            "Outcomes of the smaller model",
            input.quality.find((one) => one.endpoint === endpoint && one.model === option.model)!.outcomes,
          ),
          ratio("Price against it", 1 - estimate.share),
          tokens("Easy: input up to", limit),
        ],
        links: [
          exploreLink(
            "Quality and cost by model in Explore",
            "quality_rate,cost_per_successful_request,requests",
            "modelServed",
            { endpoint },
          ),
          requestsLink("The requests", { endpoint, modelServed: large }),
        ],
        parts: rows.map((row) => ({
          pool: usagePool(row.tenant, row.endpoint, row.model),
          low: EASY[0] * estimate.low,
          high: EASY[1] * estimate.high,
        })),
        basis: "measured",
        method: `Prices of now on own tokens, for the ${percent(EASY[0])} to ${percent(EASY[1])} of requests with the shortest prompts.`,
        confidence: "low",
        confidenceWhy: "The two models served different tenants, and a short prompt is not always an easy one.",
        prerequisites: [
          "An evaluation of the smaller model on golden prompts of this endpoint must pass.",
          ...(option.pool === null ? [] : [`${option.pool} must have room: look at its KV cache and queue first.`]),
        ],
        remedy: ruled
          ? {
              kind: "change",
              title: `Short requests of ${endpoint} to ${option.model}`,
              edits: [
                {
                  kind: "routing",
                  scope: { level: "endpoint", value: endpoint },
                  patch: {
                    rules: {
                      "short-to-small-model": { priority: 50, when: { endpoint, route: from, maxInputTokens: limit }, route: to },
                    },
                  },
                },
              ],
            }
          : {
              kind: "task",
              title: `Put ${option.model} before ${large}`,
              steps: ["Add it to the route with weight 0, then draft a cascade from the template."],
              link: pageLink("Small model first", "/changes/new?template=small-model-first"),
            },
      },
    ];
  });
}

// ── batch lane ───────────────────────────────────────────────────────────────────────────────────────────────────────

const PATIENT_MS = 600_000;
const PATIENT_TIMES = 20;
/** Batch-lane spend at the interactive price, from which it is worth a batch API. */
const WORTH_A_BATCH_API = 0.05;

export const detectBatchLane = (input: AdvisorInput): Detection[] => [...patientConsumers(input), ...dearBatchLane(input)];

/** Nobody looks at the answer for far longer than it takes to make. */
function patientConsumers(input: AdvisorInput): Detection[] {
  return input.waits.flatMap(({ endpoint, medianMs, observations }): Detection[] => {
    const row = input.endpoints.find((one) => one.endpoint === endpoint);
    const events = input.sample.events.filter((event) => event.endpoint === endpoint && isApiCall(event) && event.final);
    if (!row || row.latencyP95Ms === null || observations < MIN_OUTCOMES || events.length < MIN_REQUESTS) return [];
    const interactive = events.filter(({ lane, batch, stream }) => lane === "interactive" && !batch && !stream);
    if (interactive.length / events.length < 0.9 || medianMs < PATIENT_MS || medianMs < PATIENT_TIMES * row.latencyP95Ms)
      return [];
    const route = mainRoute(events);
    return [
      {
        lever: "batch_lane",
        scope: { endpoint },
        title: `Nobody waits for ${endpoint}`,
        statement: `An answer takes at most ${number(row.latencyP95Ms / 1_000)} s, and half of them are used only ${number(medianMs / 60_000)} minutes later. None is streamed.`,
        numbers: [
          ms("Used after (median)", medianMs),
          ms("Latency p95", row.latencyP95Ms),
          count("Outcomes looked at", observations),
        ],
        links: [
          exploreLink("Requests by lane in Explore", "requests,cost_usd,latency_p95", "lane", { endpoint }),
          requestsLink("The requests", { endpoint }),
        ],
        parts: partsOf(rowsOf(input, endpoint), 0.5, 0.5),
        basis: "published",
        method: "Half the price at a provider's batch API, on the whole endpoint.",
        confidence: "medium",
        confidenceWhy: "How long answers lie is measured; whether somebody needs a few of them at once is not.",
        prerequisites: ["Whoever uses the answers agrees to wait up to the lane's limit."],
        remedy:
          route !== null
            ? {
                kind: "change",
                title: `${endpoint} in the background lane`,
                edits: [
                  {
                    kind: "batching",
                    scope: { level: "endpoint", value: endpoint },
                    patch: { background: { enabled: true, maxWaitSec: Math.min(86_400, Math.round(medianMs / 2_000)) } },
                  },
                  {
                    kind: "routing",
                    scope: { level: "endpoint", value: endpoint },
                    patch: { routes: { [route]: { lane: "batch" } } },
                  },
                ],
              }
            : {
                kind: "task",
                title: `Send ${endpoint} through a batch API`,
                steps: ["Collect its requests and send them through the provider's batch API once an hour."],
              },
      },
    ];
  });
}

/** In the batch lane, and yet paid at the interactive price. */
function dearBatchLane(input: AdvisorInput): Detection[] {
  const all = input.sample.events.filter(isApiCall);
  const total = sumNano(all, ({ costNanoUsd }) => costNanoUsd);
  const lane = all.filter((event) => event.lane === "batch" && !event.batch && event.serviceTier !== "batch");
  if (Number(sumNano(lane, ({ costNanoUsd }) => costNanoUsd)) < WORTH_A_BATCH_API * Number(total)) return [];
  return [...groupBy(lane, ({ endpoint }) => endpoint)].flatMap(([endpoint, events]): Detection[] => {
    if (events.length < MIN_REQUESTS) return [];
    const whole = all.filter((event) => event.endpoint === endpoint);
    const share = new DailyShare();
    const moved = new Set(events);
    for (const event of whole) {
      const was = input.rate(event) ?? 0n;
      const is = moved.has(event) ? (input.rate({ ...event, batch: true }) ?? was) : was;
      share.add(event.occurredAt, was - is, was);
    }
    const estimate = share.estimate();
    if (!estimate || estimate.share < 0.05) return [];
    return [
      {
        lever: "batch_lane",
        scope: { endpoint },
        title: `Background work of ${endpoint} pays the interactive price`,
        statement: `${percent(events.length / whole.length)} of its calls are in the batch lane and are sent to the provider as ordinary calls. A batch API costs half.`,
        numbers: [ratio("Calls in the batch lane", events.length / whole.length), ratio("Spend spared", estimate.share)],
        links: [
          exploreLink("Cost by lane in Explore", "cost_usd,requests", "lane", { endpoint }),
          requestsLink("The requests", { endpoint }, { lane: "batch" }),
        ],
        parts: partsOf(rowsOf(input, endpoint), estimate.low, estimate.high),
        basis: "measured",
        method: `Its calls (${sampled(input)}) at the batch prices of the price book.`,
        confidence: "high",
        confidenceWhy: "The lane says that nobody waits, and the price is in the book.",
        prerequisites: ["The provider has a batch API for this model."],
        watch: ["Time until results are there, against what was agreed"],
        remedy: {
          kind: "task",
          title: `A batch API for ${endpoint}`,
          steps: [
            "Write the requests of the lane into a batch file and submit it to the provider once an hour.",
            "Send usage with `batch: true`, so that it is priced as a batch.",
          ],
        },
      },
    ];
  });
}

// ── distillation ─────────────────────────────────────────────────────────────────────────────────────────────────────

const A_DAY = 1_000;
const NARROW_TOKENS = 64;
const NARROW_RATIO = 1.5;
/** 30 days, nano-USD: below it a training does not pay. */
const WORTH_TRAINING = 100_000_000_000n;
/** 5–30 times cheaper. */
const PUBLISHED_STUDENT: readonly [number, number] = [1 - 1 / 5, 1 - 1 / 30];

/** High volume, narrow answers, steady prompts: what a small student can learn from its teacher. */
export function detectDistillation(input: AdvisorInput): Detection[] {
  const answers = input.sample.events.filter(
    (event) => isApiCall(event) && event.status === "success" && event.meters.output > 0,
  );
  return [...groupBy(answers, ({ endpoint }) => endpoint)].flatMap(([endpoint, events]): Detection[] => {
    const rows = rowsOf(input, endpoint);
    const perDay = sumOf(rows, ({ requests }) => requests) / input.days;
    const outputs = events.map(({ meters }) => meters.output);
    const [p50, p95] = [quantile(outputs, 0.5)!, quantile(outputs, 0.95)!];
    const narrow = p95 <= NARROW_TOKENS || (p95 <= 400 && p95 <= NARROW_RATIO * p50);
    const spend = sumNano(rows, (row) => input.spend.get(usagePool(row.tenant, row.endpoint, row.model)) ?? 0n);
    const before = input.endpoints.find((row) => row.endpoint === endpoint);
    const steady =
      before?.inputP50 == null || before.inputP50Before === null || Math.abs(before.inputP50 / before.inputP50Before - 1) < 0.1;
    if (events.length < MIN_REQUESTS || perDay < A_DAY || !narrow || !steady || spend < WORTH_TRAINING) return [];
    const teacher = mainModel(events);
    return [
      {
        lever: "distillation",
        scope: { endpoint },
        title: `${endpoint} is narrow enough for a student model`,
        statement: `${number(perDay)} requests a day, answers of ${p50} tokens (95 % up to ${p95}), prompts of steady length: a small model can learn that from ${teacher}.`,
        numbers: [count("Requests a day", perDay), tokens("Output p50", p50), tokens("Output p95", p95)],
        links: [
          exploreLink("Volume and cost in Explore", "requests,cost_usd,tokens_out_p95", "tenant", { endpoint }),
          requestsLink("The requests", { endpoint }),
        ],
        parts: partsOf(rows, PUBLISHED_STUDENT[0], PUBLISHED_STUDENT[1]),
        basis: "published",
        method:
          "The published range, 5 to 30 times cheaper a request, on the endpoint's own spend; training and hosting come off it.",
        confidence: "low",
        confidenceWhy: "Nobody has trained it yet. Try a smaller model off the shelf first.",
        prerequisites: [
          "A smaller model off the shelf was tried and does not suffice.",
          "The provider's terms allow training on its answers.",
        ],
        watch: ["Quality of the endpoint, task by task", "Share of requests that fall back to the teacher"],
        remedy: {
          kind: "task",
          title: `A training set for ${endpoint}`,
          steps: [
            "Export the request ids of successful answers with good outcomes; the texts are in your own logs, Headroom keeps none.",
            "Train a student, evaluate it against the teacher on golden prompts.",
            "Route to it in a change, with the teacher as fallback.",
          ],
          link: pageLink("Its successful requests", `/requests?endpoint=${encodeURIComponent(endpoint)}&status=success&range=7d`),
        },
      },
    ];
  });
}
