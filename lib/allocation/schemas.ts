/** What GPU cost terms look like, and what allocations answer. Pure: pages and the OpenAPI document share it. */
import { z } from "zod";
import type { Method } from "./fit-work";

const name = z.string().trim().min(1).max(200);
const decimal = (most: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,12}(\.\d{1,9})?$/, `must be ${what} as decimal text`)
    .refine((text) => Number(text) <= most, `is above ${most}: that is a slip`);
const usd = decimal(1e9, "dollars");
const region = name.nullable().default(null).describe("null: every region");
const instant = z.iso.datetime({ offset: true });

const gpus = { gpuType: name.max(60), region, gpuCount: z.int().min(1).max(100_000) };
const reserved = z.strictObject({
  kind: z.literal("reserved"),
  ...gpus,
  upfrontUsd: usd.default("0").describe("For all of them and the whole term"),
  hourlyUsd: usd.default("0").describe("Per GPU-hour, on top of the upfront part"),
  termHours: z.int().min(1).max(100_000).describe("8,760 is a year"),
});
const owned = z.strictObject({
  kind: z.literal("owned"),
  ...gpus,
  capexUsd: usd.describe("What all of them cost"),
  lifeHours: z.int().min(1).max(200_000).describe("Hours of life that it is written off over; 26,280 are three years"),
});
const line = z.strictObject({
  kind: z.literal("line"),
  name: name.max(60).describe("host, network, storage, overhead, …"),
  pool: name.nullable().default(null).describe("null: every pool"),
  usdPerGpuHour: decimal(10_000, "dollars"),
});
const energy = z.strictObject({
  kind: z.literal("energy"),
  region,
  pue: decimal(10, "a factor").refine((pue) => Number(pue) >= 1, "is at least 1: a building adds, it never saves"),
  usdPerKwh: decimal(100, "dollars"),
  kgCo2PerKwh: decimal(10, "kilograms"),
});
export const IDLE_MODES = ["none", "weighted", "even", "owner-pays", "target-capped"] as const;
export type IdleMode = (typeof IDLE_MODES)[number];
const idle = z
  .strictObject({
    kind: z.literal("idle"),
    pool: name.nullable().default(null).describe("null: every pool"),
    mode: z.enum(IDLE_MODES),
    owner: name.nullable().default(null).describe("Tenant that pays for idle; only with owner-pays"),
    targetUtilisation: decimal(1, "a share").nullable().default(null).describe("0 to 1; only with target-capped"),
  })
  .refine(({ mode, owner }) => (mode === "owner-pays") === (owner !== null), {
    path: ["owner"],
    error: "is needed with owner-pays, and only there",
  })
  .refine(({ mode, targetUtilisation }) => (mode === "target-capped") === (targetUtilisation !== null), {
    path: ["targetUtilisation"],
    error: "is needed with target-capped, and only there",
  });
const sharing = z
  .strictObject({
    kind: z.literal("sharing"),
    node: name,
    host: name.describe("The machine whose GPUs several nodes share; equal on all of them"),
    mode: z.enum(["mig", "time-slicing"]),
    slices: z.int().min(1).max(1_000).default(1).describe("MIG: slices of this node, e.g. 3 of 7"),
    ofSlices: z.int().min(1).max(1_000).default(7),
    memoryShare: decimal(1, "a share").default("0").describe("Time-slicing: share of the GPU memory that it keeps"),
  })
  .refine(({ slices, ofSlices }) => slices <= ofSlices, { path: ["slices"], error: "cannot be more than ofSlices" });

export const termSchema = z.discriminatedUnion("kind", [reserved, owned, line, energy, idle, sharing]);
export type TermOf = z.output<typeof termSchema>;
export const TERM_KINDS = ["reserved", "owned", "line", "energy", "idle", "sharing"] as const;
export type TermKind = TermOf["kind"];
type OfKind<K extends TermKind> = Extract<TermOf, { kind: K }>;
export type Sharing = OfKind<"sharing">;
export type EnergyRates = Pick<OfKind<"energy">, "pue" | "usdPerKwh" | "kgCo2PerKwh">;

export interface Term<T extends TermOf = TermOf> {
  id: string;
  terms: T;
  effectiveFrom: Date | null;
  effectiveTo: Date | null;
}
export type CommittedTerm = Term<OfKind<"reserved"> | OfKind<"owned">>;

export const createTermSchema = z
  .strictObject({
    terms: termSchema,
    effectiveFrom: instant.nullable().default(null).describe("Inclusive, a whole UTC hour; null: always was"),
    effectiveTo: instant.nullable().default(null).describe("Exclusive, a whole UTC hour; null: open"),
    note: name.describe("Where it comes from: a contract, an invoice, a measurement"),
  })
  .refine(
    ({ effectiveFrom, effectiveTo }) => !effectiveFrom || !effectiveTo || Date.parse(effectiveFrom) < Date.parse(effectiveTo),
    {
      path: ["effectiveTo"],
      error: "must be after effectiveFrom",
    },
  )
  .superRefine((term, issues) => {
    for (const field of ["effectiveFrom", "effectiveTo"] as const) {
      if (term[field] && Date.parse(term[field]) % 3_600_000 !== 0)
        issues.addIssue({ code: "custom", path: [field], message: "must be a whole hour: GPU cost is allocated by the hour" });
    }
  });
export type CreateTermInput = z.input<typeof createTermSchema>;

export interface TermView {
  id: string;
  terms: TermOf;
  effectiveFrom: string | null;
  effectiveTo: string | null;
  standing: "in_force" | "future" | "past" | "withdrawn";
  note: string;
  createdAt: string;
  createdBy: string;
}

export const allocationPeriodSchema = z
  .strictObject({
    from: instant.describe("Inclusive; hours that begin from here on"),
    to: instant.describe("Exclusive"),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });
export type AllocationPeriod = z.infer<typeof allocationPeriodSchema>;

/** Money and counts as exact decimal text. */
export interface TenantAllocation {
  tenant: string;
  requests: string;
  uncachedTokens: string;
  cachedTokens: string;
  decodeTokens: string;
  /** Part of the pool's work, 0..1. Null when the pool did none. */
  share: string | null;
  /** Usage basis: busy GPU time. */
  busyUsd: string;
  idleUsd: string;
  /** Host, network, storage, overhead. */
  otherUsd: string;
  /** Allocation basis: busy + idle + other. */
  allocatedUsd: string;
  energyKwh: string;
}

export interface PoolMethod {
  method: Method;
  hours: number;
}

export interface PoolFit {
  /** The UTC day that it is used for. */
  day: string;
  uncached: number;
  cached: number;
  decode: number;
  kvTokenSecond: number;
  r2: number | null;
  /** GPU-seconds a minute. */
  rmse: number;
  relativeError: number | null;
  observations: number;
  /** False: it was not good enough, the ladder went on. */
  trusted: boolean;
}

export interface BreakEven {
  /** The price that a provider of the same model asks, and whose it is. */
  apiModel: string;
  apiProvider: string;
  /** What the same tokens would have cost there. */
  apiUsd: string;
  apiPer1mUsd: string;
  /** The whole bill of the pool, idle included, over 1M tokens. */
  ownPer1mUsd: string;
  /** Own ÷ API: below 1 the pool is cheaper. */
  ratio: string;
  /** Tokens of this mix in this period from which the pool would be cheaper. */
  breakEvenTokens: string;
}

/** Money of a whole pool is null for a reader who is limited to tenants: it is the work of others too. */
export interface PoolAllocation {
  pool: string;
  model: string | null;
  hours: number;
  methods: PoolMethod[];
  /** Newest first, at most one a day of the period. */
  fit: PoolFit | null;
  idleMode: IdleMode;
  tenants: TenantAllocation[];
  bill: {
    busyUsd: string;
    idleUsd: string;
    lines: { name: string; usd: string }[];
    totalUsd: string;
    /** Busy money of hours in which no tenant sent work, and lines that followed it. */
    residualUsd: string;
    /** Idle that nobody is charged for. */
    idleUnallocatedUsd: string;
    tokens: string;
  } | null;
  breakEven: BreakEven | null;
}

export interface Allocations {
  /** True: lines of others are left out. */
  limited: boolean;
  /** Hours up to here are allocated; null: none is. */
  completeTo: string | null;
  /** Hours that were worked out again because data came late or terms changed. */
  restatedHours: number;
  /** Hours that wait for it now. */
  pendingHours: number;
  pools: PoolAllocation[];
  /** Of no pool: committed GPU-hours that nobody ran, parts of shared hosts that nobody holds. Null when limited. */
  lines: { kind: "unused-commitment" | "unheld-host"; subject: string; gpuHours: string; usd: string }[] | null;
}
