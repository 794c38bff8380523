/**
 * One hour of all GPUs → who pays what of it. Pure and exact: for every pool, what tenants are charged plus what nobody is
 * charged for is its bill; all pools plus unused commitments plus unheld hosts is what the GPUs cost.
 *
 *   readings ─ splitHosts ─► node hours ─ costNodes ─► pools ─ chooseMethod, allocatePool ─► tenants ─► their endpoints
 */
import { Decimal, splitLargestRemainder } from "@/lib/money";
import { allocatePool, workUnits, type AllocationRules, type IdlePolicy, type TenantWork } from "@/lib/pricing/allocate";
import { energyCost, kwhOfMillijoules } from "@/lib/pricing/energy";
import { divideHalfEven } from "@/lib/pricing/fraction";
import { chooseMethod, type AskedWork, type ChosenMethod, type Method, type WorkFit } from "./fit-work";
import { costNodes, type NodeCost, type NodeHour } from "./node-cost";
import type { EnergyRates, IdleMode, Term } from "./schemas";
import { splitHosts } from "./split-host";
import { committedTerms, energyRatesOf, extraLinesOf, idleTermOf, sharingOf } from "./terms-of";

export interface EndpointWork extends AskedWork {
  pool: string;
  tenant: string;
  endpoint: string;
}

export interface HourInputs {
  nodes: readonly NodeHour[];
  work: readonly EndpointWork[];
  /** By pool. */
  fits: ReadonlyMap<string, WorkFit>;
  /** In force in this hour. */
  terms: readonly Term[];
}

export interface PoolHour {
  pool: string;
  method: Method;
  idleMode: IdleMode;
  busyNanoUsd: bigint;
  idleNanoUsd: bigint;
  lines: { name: string; nanoUsd: bigint }[];
  unallocatedBusyNanoUsd: bigint;
  unallocatedIdleNanoUsd: bigint;
  unallocatedOtherNanoUsd: bigint;
  busyGpuMs: bigint;
  idleGpuMs: bigint;
  energyMj: bigint;
  unallocatedEnergyMj: bigint;
  /** Milligrams of CO₂ at the meter of the building. */
  carbonMg: bigint;
  unallocatedCarbonMg: bigint;
}

export interface AllocatedWork extends EndpointWork {
  busyNanoUsd: bigint;
  idleNanoUsd: bigint;
  otherNanoUsd: bigint;
  busyGpuMs: bigint;
  energyMj: bigint;
  carbonMg: bigint;
}

export interface CostLine {
  kind: "unused-commitment" | "unheld-host";
  subject: string;
  gpuMs: bigint;
  nanoUsd: bigint;
}

export interface HourAllocation {
  pools: PoolHour[];
  rows: AllocatedWork[];
  lines: CostLine[];
}

export function allocateHour({ nodes, work, fits, terms }: HourInputs): HourAllocation {
  const hosts = splitHosts(nodes, sharingOf(terms));
  const costed = costNodes(hosts.nodes, committedTerms(terms), energyRatesOf(terms));
  const ids = [...new Set(costed.nodes.map(({ pool }) => pool))].sort();
  const pools: PoolHour[] = [];
  const rows: AllocatedWork[] = [];
  for (const pool of ids) {
    const own = costed.nodes.filter((node) => node.pool === pool);
    const asked = work.filter((each) => each.pool === pool);
    const chosen = chooseMethod(fits.get(pool), asked);
    const allocated = allocatePoolHour(pool, own, withOwner(asked, pool, terms), chosen, terms);
    pools.push(allocated.pool);
    rows.push(...allocated.rows);
  }
  return {
    pools,
    rows,
    lines: [
      ...costed.unused.map(({ termId, gpuMs, nanoUsd }): CostLine => ({
        kind: "unused-commitment",
        subject: termId,
        gpuMs,
        nanoUsd,
      })),
      ...hosts.unheld.map(({ host, gpuMs, nanoUsd }): CostLine => ({ kind: "unheld-host", subject: host, gpuMs, nanoUsd })),
    ],
  };
}

/** An owner pays for idle in an hour of no own work too. */
function withOwner(work: readonly EndpointWork[], pool: string, terms: readonly Term[]): readonly EndpointWork[] {
  const owner = idleTermOf(terms, pool)?.owner;
  if (!owner || work.some(({ tenant }) => tenant === owner)) return work;
  const nothing = { requests: 0n, uncachedTokens: 0n, cachedTokens: 0n, decodeTokens: 0n, kvTokenSeconds: 0n, requestMs: 0n };
  return [...work, { pool, tenant: owner, endpoint: "", ...nothing }];
}

function allocatePoolHour(
  pool: string,
  nodes: readonly NodeCost[],
  work: readonly EndpointWork[],
  { method, weights }: ChosenMethod,
  terms: readonly Term[],
): { pool: PoolHour; rows: AllocatedWork[] } {
  const busyGpuMs = sum(nodes.map((node) => node.busyGpuMs));
  const idleGpuMs = sum(nodes.map((node) => node.idleGpuMs));
  const busyNanoUsd = sum(nodes.map(busyPart));
  const idleNanoUsd = sum(nodes.map((node) => node.costNanoUsd)) - busyNanoUsd;
  const energyMj = sum(nodes.map((node) => node.energyMj));
  const ratesOf = energyRatesOf(terms);
  const carbonMg = sum(nodes.map((node) => carbonOf(node, ratesOf(node.region))));
  const lines = extraLinesOf(terms, pool).map(({ name, usdPerGpuHour }) => ({
    name,
    nanoUsd: gpuHoursNano(busyGpuMs + idleGpuMs, usdPerGpuHour),
  }));
  const otherNano = sum(lines.map(({ nanoUsd }) => nanoUsd));
  const { mode, policy } = idlePolicyOf(terms, pool);

  const tenants = [...new Set(work.map(({ tenant }) => tenant))].sort();
  const ofTenant = tenants.map((tenant) => work.filter((each) => each.tenant === tenant));
  const tenantWork = ofTenant.map((list, i) => sumWork(tenants[i]!, list, method));
  const rules: AllocationRules = { weights, idle: policy, zeroWork: "unallocated" };
  const money = allocatePool({ busyNanoUsd, idleNanoUsd }, tenantWork, rules);
  // Everything else follows the work: named lines, GPU time and electricity.
  const byWork = (whole: bigint) => allocatePool({ busyNanoUsd: whole, idleNanoUsd: 0n }, tenantWork, rules);
  const [other, time, energy, carbon] = [byWork(otherNano), byWork(busyGpuMs), byWork(energyMj), byWork(carbonMg)];

  const rows = tenants.flatMap((tenant, i) => {
    const list = [...ofTenant[i]!].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    const { units } = workUnits(
      list.map((each) => sumWork(each.endpoint, [each], method)),
      weights,
    );
    const partOf = (from: typeof money, read: "busyNanoUsd" | "idleNanoUsd") =>
      splitLargestRemainder(from.shares.find((share) => share.tenant === tenant)![read], units);
    const parts = {
      busyNanoUsd: partOf(money, "busyNanoUsd"),
      idleNanoUsd: partOf(money, "idleNanoUsd"),
      otherNanoUsd: partOf(other, "busyNanoUsd"),
      busyGpuMs: partOf(time, "busyNanoUsd"),
      energyMj: partOf(energy, "busyNanoUsd"),
      carbonMg: partOf(carbon, "busyNanoUsd"),
    };
    return list.map((each, at): AllocatedWork => ({
      ...each,
      busyNanoUsd: parts.busyNanoUsd[at]!,
      idleNanoUsd: parts.idleNanoUsd[at]!,
      otherNanoUsd: parts.otherNanoUsd[at]!,
      busyGpuMs: parts.busyGpuMs[at]!,
      energyMj: parts.energyMj[at]!,
      carbonMg: parts.carbonMg[at]!,
    }));
  });
  return {
    rows,
    pool: {
      pool,
      method,
      idleMode: mode,
      busyNanoUsd,
      idleNanoUsd,
      lines,
      unallocatedBusyNanoUsd: money.unallocatedBusyNanoUsd,
      unallocatedIdleNanoUsd: money.unallocatedIdleNanoUsd,
      unallocatedOtherNanoUsd: other.unallocatedBusyNanoUsd,
      busyGpuMs,
      idleGpuMs,
      energyMj,
      unallocatedEnergyMj: energy.unallocatedBusyNanoUsd,
      carbonMg,
      unallocatedCarbonMg: carbon.unallocatedBusyNanoUsd,
    },
  };
}

function busyPart(node: NodeCost): bigint {
  const total = node.busyGpuMs + node.idleGpuMs;
  return total === 0n ? 0n : divideHalfEven(node.costNanoUsd * node.busyGpuMs, total);
}

function carbonOf(node: NodeCost, rates: EnergyRates): bigint {
  const { carbonKg } = energyCost(kwhOfMillijoules(node.energyMj), rates);
  return BigInt(carbonKg.mul(1e6).toDecimalPlaces(0).toFixed(0));
}

const gpuHoursNano = (gpuMs: bigint, usdPerGpuHour: string): bigint =>
  BigInt(new Decimal(usdPerGpuHour).mul(1e9).mul(gpuMs.toString()).div(3_600_000).toDecimalPlaces(0).toFixed(0));

function idlePolicyOf(terms: readonly Term[], pool: string): { mode: IdleMode; policy: IdlePolicy } {
  const term = idleTermOf(terms, pool);
  const mode = term?.mode ?? "none";
  if (mode === "owner-pays") return { mode, policy: { kind: mode, owner: term!.owner! } };
  if (mode === "target-capped") return { mode, policy: { kind: mode, targetUtilisation: term!.targetUtilisation! } };
  return { mode, policy: { kind: mode } };
}

/** What the method weighs, of one key. */
function sumWork(tenant: string, list: readonly AskedWork[], method: Method): TenantWork {
  const of = (read: (each: AskedWork) => bigint) => sum(list.map(read));
  const nothing = { tenant, cachedTokens: 0n, decodeTokens: 0n, kvTokenSeconds: 0n };
  if (method === "request-time") return { ...nothing, uncachedTokens: of((each) => each.requestMs) };
  // Every tenant that asked counts as one, however often.
  if (method === "even") return { ...nothing, uncachedTokens: list.some(({ requests }) => requests > 0n) ? 1n : 0n };
  return {
    tenant,
    uncachedTokens: of((each) => each.uncachedTokens),
    cachedTokens: of((each) => each.cachedTokens),
    decodeTokens: of((each) => each.decodeTokens),
    kvTokenSeconds: of((each) => each.kvTokenSeconds),
  };
}

const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n);
