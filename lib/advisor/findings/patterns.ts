/** Ways in which cost work goes wrong, as they are seen in the workspace itself; and who holds most of the waste. Pure. */
import { nanoToUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";
import type { AdvisorInput } from "../detectors/input";
import type { EvaporatedSaving } from "../ledger/list-evaporated";
import { groupBy, isApiCall, isUpstream, mainRoute, percent, sumNano, sumOf } from "../detectors/looking";
import { layLevers } from "../overlap";
import { escalationJumps } from "./escalation-jump";
import { endpointOfPool, leverParts, type EvidenceLink, type Finding } from "./finding";

export const PATTERN_IDS = [
  "oversized_model",
  "ignored_cheap_win",
  "unmeasured_quality",
  "over_engineered_routing",
  "single_provider",
  "premature_optimisation",
  "evaporated_saving",
  "escalation_jump",
] as const;
export type PatternId = (typeof PATTERN_IDS)[number];

export interface Pattern {
  id: PatternId;
  /** About whom, e.g. an endpoint. */
  subject: string;
  statement: string;
  todo: string;
  link: EvidenceLink;
  /** Whose numbers are in it; `*`: everybody's. */
  tenants: string[];
}

/** Where the open savings lie. */
export interface Concentration {
  subject: string;
  /** 30 days, middle of the range, decimal text. */
  usd: string;
  /** Of everything that could be saved. */
  share: number;
  tenants: string[];
}

/** What is known beside the input: how long findings are open, and what was changed. */
export interface KnownWork {
  now: number;
  /** Open findings by key → since when, ms. */
  openSince: ReadonlyMap<string, number>;
  /** Endpoints whose policies were changed in the last 90 days, and in how many changes. */
  changedEndpoints: readonly { endpoint: string; changes: number }[];
}

const IGNORED_AFTER_MS = 14 * DAY_MS;
/** Of the spend, from which a win is worth calling one. */
const A_WIN = 0.01;
/** Of the spend, from which quality must be measured. */
const WORTH_MEASURING = 0.02;
const TOO_SMALL = 0.01;
const UNUSED = 0.01;

export function findPatterns(input: AdvisorInput, findings: readonly Finding[], known: KnownWork): Pattern[] {
  const total = sumNano([...input.spend.values()], (nano) => nano);
  const part = (nano: bigint) => (total === 0n ? 0 : Number(nano) / Number(total));
  return [
    ...input.evaporated.map(evaporated),
    ...findings.filter(({ lever, scope }) => lever === "right_size" && scope.change === undefined).map(oversized),
    ...findings.flatMap((finding) => ignored(finding, known, part)),
    ...unmeasured(input, part),
    ...overEngineered(input),
    ...singleProvider(input),
    ...premature(input, findings, known, part),
    ...escalationJumps(input),
  ];
}

const advisor = (text: string): EvidenceLink => ({
  label: "The finding",
  href: `/advisor?text=${encodeURIComponent(text)}`,
});

const oversized = ({ scope, statement, tenants }: Finding): Pattern => ({
  id: "oversized_model",
  subject: scope.endpoint ?? "",
  statement,
  todo: "Start with the smallest model that passes, and write down why a larger one is needed.",
  link: advisor(scope.endpoint ?? ""),
  tenants,
});

function ignored(finding: Finding, { now, openSince }: KnownWork, part: (nano: bigint) => number): Pattern[] {
  const since = openSince.get(finding.key);
  const cheap = finding.effort === "low" && finding.qualityRisk !== "high" && finding.confidence !== "low";
  if (since === undefined || now - since < IGNORED_AFTER_MS || !cheap || part(finding.savingLowNanoUsd) < A_WIN) return [];
  const days = Math.floor((now - since) / DAY_MS);
  return [
    {
      id: "ignored_cheap_win",
      subject: finding.scope.endpoint ?? finding.scope.pool ?? finding.scope.tenant ?? "",
      statement: `"${finding.title}" is open for ${days} days, is little work and saves at least ${percent(part(finding.savingLowNanoUsd))} of all spend.`,
      todo: "Draft the change, or dismiss it and say why.",
      link: advisor(finding.title),
      tenants: finding.tenants,
    },
  ];
}

/** Money goes to an endpoint of which nobody says whether its answers are any good. */
function unmeasured(input: AdvisorInput, part: (nano: bigint) => number): Pattern[] {
  const outcomes = new Map(
    [...groupBy(input.quality, ({ endpoint }) => endpoint)].map(([endpoint, rows]) => [
      endpoint,
      sumOf(rows, (row) => row.outcomes),
    ]),
  );
  return [...groupBy(input.traffic, ({ endpoint }) => endpoint)].flatMap(([endpoint, rows]): Pattern[] => {
    const spend = sumNano(rows, (row) => row.costNanoUsd);
    const month = (spend * 30n) / BigInt(Math.max(1, Math.round(input.days)));
    const requests = sumOf(rows, (row) => row.requests);
    // Outcomes of an action count for the endpoint; endpoints that have any are measured.
    if ((outcomes.get(endpoint) ?? 0) > 0 || requests < 200 || part(month) < WORTH_MEASURING) return [];
    return [
      {
        id: "unmeasured_quality",
        subject: endpoint,
        statement: `${endpoint} is ${percent(part(month))} of all spend, and no outcome was reported for it in the window.`,
        todo: "Report an outcome (resolved, accepted, rating) for some of its requests: without it no saving can be called safe.",
        link: { label: "How to report outcomes", href: "/welcome" },
        tenants: [...new Set(rows.map(({ tenant }) => tenant))].sort(),
      },
    ];
  });
}

/** Rules and targets that hardly a request ever takes. */
function overEngineered(input: AdvisorInput): Pattern[] {
  const { routes } = input.policyOf(null, null).routing;
  const byRoute = groupBy(
    input.sample.events.filter((event) => isUpstream(event) && event.route !== null),
    ({ route }) => route!,
  );
  return Object.entries(routes).flatMap(([name, { targets }]): Pattern[] => {
    const events = byRoute.get(name) ?? [];
    const weighted = Object.values(targets).filter(({ weight }) => weight > 0);
    const models = [...new Set(weighted.map(({ model }) => model))];
    if (models.length < 3 || events.length < 500) return [];
    const unused = models.filter(
      (model) => events.filter((event) => event.modelServed === model).length < UNUSED * events.length,
    );
    if (unused.length < models.length - 1) return [];
    return [
      {
        id: "over_engineered_routing",
        subject: name,
        statement: `Route ${name} divides its requests among ${models.length} models, and ${unused.join(", ")} together answer hardly any.`,
        todo: "Take out what nobody uses: each target is one more thing that can fail.",
        link: { label: "The routing policy", href: "/policies?kind=routing&level=global" },
        tenants: ["*"],
      },
    ];
  });
}

/** What may not fail hangs on one provider: its bad day is the endpoint's. */
function singleProvider(input: AdvisorInput): Pattern[] {
  return [...groupBy(input.sample.events.filter(isApiCall), ({ endpoint }) => endpoint)].flatMap(
    ([endpoint, events]): Pattern[] => {
      const { caching, routing } = input.policyOf(null, endpoint);
      const route = mainRoute(events);
      if (!caching.traits.highStakes || route === null) return [];
      const { targets = {}, fallback } = routing.routes[route] ?? {};
      const serving = Object.entries(targets).filter(([name, { weight }]) => weight > 0 || fallback?.order.includes(name));
      const upstreams = [...new Set(serving.map(([, { upstream }]) => upstream))];
      if (upstreams.length !== 1) return [];
      return [
        {
          id: "single_provider",
          subject: endpoint,
          statement: `${endpoint} is marked high-stakes, and route ${route} has ${upstreams[0]} alone: when it is down, nobody answers.`,
          todo: "Add a target at a second provider as the fallback, and run an evaluation against it.",
          link: { label: "The routing policy", href: "/policies?kind=routing&level=global" },
          tenants: ["*"],
        },
      ];
    },
  );
}

/** Work on what costs nothing, while what costs most waits. */
function premature(
  input: AdvisorInput,
  findings: readonly Finding[],
  known: KnownWork,
  part: (nano: bigint) => number,
): Pattern[] {
  const largest = findings.find(({ savingLowNanoUsd }) => part(savingLowNanoUsd) >= A_WIN);
  if (!largest) return [];
  return known.changedEndpoints.flatMap(({ endpoint, changes }): Pattern[] => {
    const rows = input.traffic.filter((row) => row.endpoint === endpoint);
    const spend = (sumNano(rows, (row) => row.costNanoUsd) * 30n) / BigInt(Math.max(1, Math.round(input.days)));
    if (rows.length === 0 || changes < 2 || part(spend) >= TOO_SMALL) return [];
    return [
      {
        id: "premature_optimisation",
        subject: endpoint,
        statement: `${endpoint} was changed ${changes} times in 90 days and is ${percent(part(spend))} of all spend, while "${largest.title}" is open.`,
        todo: "Go where the money is first.",
        link: advisor(largest.title),
        tenants: ["*"],
      },
    ];
  });
}

const evaporated = ({ changeId, number, title, firstLowShare, nowHighShare }: EvaporatedSaving): Pattern => ({
  id: "evaporated_saving",
  subject: `#${number}`,
  statement: `Change #${number}, "${title}", surely saved ${percent(firstLowShare)} at first and saves at most ${percent(Math.max(0, nowHighShare))} now.`,
  todo: "Look at what moved since: traffic, prompts, prices or another change. Take it back or renew it.",
  link: { label: "The change", href: `/changes/${changeId}` },
  tenants: ["*"],
});

/** Where most of what could be saved lies: endpoints and pools, largest first, until four fifths are named or three are. */
export function concentrate(findings: readonly Finding[], spend: ReadonlyMap<string, bigint>): Concentration[] {
  const left = (end: "low" | "high") =>
    layLevers(
      spend,
      findings.map(({ key, parts }) => ({ id: key, parts: leverParts(parts, end) })),
    ).remaining;
  const [low, high] = [left("low"), left("high")];
  const bySubject = new Map<string, { nano: bigint; tenants: Set<string> }>();
  let total = 0n;
  for (const [pool, amount] of spend) {
    const saved = (2n * amount - low.get(pool)! - high.get(pool)!) / 2n;
    const [kind, owner] = JSON.parse(pool) as [string, string];
    const subject = kind === "gpu" ? owner : (endpointOfPool(pool) ?? "");
    const sums = bySubject.get(subject) ?? { nano: 0n, tenants: new Set<string>() };
    sums.nano += saved;
    if (saved > 0n) sums.tenants.add(kind === "gpu" ? "*" : owner);
    bySubject.set(subject, sums);
    total += saved;
  }
  if (total === 0n) return [];
  return [...bySubject]
    .filter(([, { nano }]) => nano > 0n)
    .sort(([, a], [, b]) => (a.nano > b.nano ? -1 : 1))
    .slice(0, 3)
    .map(([subject, { nano, tenants }]) => ({
      subject,
      usd: nanoToUsd(nano),
      share: Number(nano) / Number(total),
      tenants: [...tenants].sort(),
    }));
}
