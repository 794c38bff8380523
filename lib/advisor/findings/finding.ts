/** What a detector says, and what it becomes with prices and everything generally true of its lever. Pure. */
import type { PolicyKind } from "@/lib/policies/kinds";
import type { AnyScope } from "@/lib/policies/schemas";
import type { LeverPart } from "../overlap";
import { LEVERS, type Effort, type LeverId, type Risk } from "./levers";

export const CONFIDENCES = ["high", "medium", "low"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** A number behind a finding. `value`: decimal text or a fraction as text, as the metric catalogue gives it. */
export interface EvidenceNumber {
  label: string;
  value: string;
  unit: "usd" | "count" | "ratio" | "ms" | "tokens" | "hours" | "text";
}

/** Where the number can be seen: a page of the console with its filters. */
export interface EvidenceLink {
  label: string;
  href: string;
}

export interface FindingScope {
  tenant?: string;
  endpoint?: string;
  step?: string;
  model?: string;
  pool?: string;
  route?: string;
  /** Number of the change that it is about, e.g. `#7`. */
  change?: string;
}

/** A part of a policy that is to be laid into what the scope says. */
export interface ProposedEdit {
  kind: PolicyKind;
  scope: AnyScope;
  patch: Record<string, unknown>;
}

/** `change`: a policy edit that can be drafted. `task`: nothing that a policy can say; what to do, and it is tracked. */
export type Remedy =
  | { kind: "change"; title: string; edits: ProposedEdit[] }
  | { kind: "task"; title: string; steps: string[]; link?: EvidenceLink };

/** What of one pool of spend it saves, as a fraction of that pool. */
export interface SavingPart {
  pool: string;
  low: number;
  high: number;
}

export interface Detection {
  lever: LeverId;
  scope: FindingScope;
  title: string;
  /** What was seen, in one or two sentences with the numbers in them. */
  statement: string;
  numbers: EvidenceNumber[];
  links: EvidenceLink[];
  parts: SavingPart[];
  /** `measured`: worked out from own requests. `published`: a published range on own spend. */
  basis: "measured" | "published";
  /** How the saving was worked out. */
  method: string;
  confidence: Confidence;
  /** Why not more confident. */
  confidenceWhy: string;
  prerequisites: string[];
  remedy: Remedy;
  /** What must not get worse when there is no rollout to guard it. */
  watch?: string[];
  /** Where the detector knows better than the lever in general. */
  qualityRisk?: Risk;
  quality?: string;
  latencyRisk?: Risk;
  latency?: string;
  effort?: Effort;
}

export interface Finding extends Omit<Detection, "qualityRisk" | "quality" | "latencyRisk" | "latency" | "effort"> {
  /** The same problem has the same key at every run. */
  key: string;
  /** Each ends with 30 days. */
  savingLowNanoUsd: bigint;
  savingHighNanoUsd: bigint;
  qualityRisk: Risk;
  quality: string;
  latencyRisk: Risk;
  latency: string;
  effort: Effort;
  reversibility: string;
  published: string | null;
  /** Whose numbers are in it; `*`: everybody's, and GPUs, which are nobody's. */
  tenants: string[];
}

/** Spend of 30 days, nano-USD by pool (`usagePool`, `gpuPool`): what savings are fractions of. */
export type SpendPools = ReadonlyMap<string, bigint>;

/** Spend on API calls of one tenant, endpoint and model. */
export const usagePool = (tenant: string, endpoint: string, model: string): string =>
  JSON.stringify(["usage", tenant, endpoint, model]);
/** The bill of the GPUs of one pool. */
export const gpuPool = (pool: string): string => JSON.stringify(["gpu", pool]);

export function tenantOfPool(key: string): string | null {
  const [kind, tenant] = JSON.parse(key) as [string, string];
  return kind === "usage" ? tenant : null;
}

export const endpointOfPool = (key: string): string | null => {
  const [kind, , endpoint] = JSON.parse(key) as [string, string, string?];
  return kind === "usage" ? (endpoint ?? null) : null;
};

function keyOf({ lever, scope }: Pick<Detection, "lever" | "scope">): string {
  const parts = (["tenant", "endpoint", "step", "model", "pool", "route", "change"] as const).flatMap((part) =>
    scope[part] === undefined ? [] : [`${part}=${scope[part]}`],
  );
  return [lever, ...parts].join(" ");
}

export const leverParts = (parts: readonly SavingPart[], end: "low" | "high"): LeverPart[] =>
  parts.map((part) => ({ pool: part.pool, share: part[end], saving: 1 }));

/** A detection with its dollars; null when it saves less than is worth reading and is no lever on latency. */
export function findingOf(detection: Detection, spend: SpendPools): Finding {
  const { qualityRisk, quality, latencyRisk, latency, effort, ...said } = detection;
  const facts = LEVERS[detection.lever];
  const dollars = (end: "low" | "high") =>
    detection.parts.reduce((sum, part) => sum + fractionOf(spend.get(part.pool) ?? 0n, part[end]), 0n);
  return {
    ...said,
    key: keyOf(detection),
    savingLowNanoUsd: dollars("low"),
    savingHighNanoUsd: dollars("high"),
    qualityRisk: qualityRisk ?? facts.qualityRisk,
    quality: quality ?? facts.quality,
    latencyRisk: latencyRisk ?? facts.latencyRisk,
    latency: latency ?? facts.latency,
    effort: effort ?? facts.effort,
    reversibility: facts.reversibility,
    published: facts.published,
    tenants: tenantsOf(detection),
  };
}

function tenantsOf({ scope, parts }: Detection): string[] {
  if (scope.tenant !== undefined && scope.pool === undefined) return [scope.tenant];
  const owners = parts.map(({ pool }) => tenantOfPool(pool));
  if (owners.length === 0 || owners.includes(null)) return ["*"];
  return [...new Set(owners as string[])].sort();
}

export const fractionOf = (amount: bigint, fraction: number): bigint =>
  (amount * BigInt(Math.round(Math.min(1, Math.max(0, fraction)) * 1e9))) / 1_000_000_000n;
