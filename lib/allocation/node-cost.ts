/**
 * What the nodes of one hour really cost: on demand and spot at the rate of each reading, reserved and owned GPUs by the
 * terms they were bought on. Exact integers: what nodes pay plus what stands unused is what the terms cost in that hour.
 *
 *   reserved   upfront ÷ hours of the term + the hourly part; GPU-hours that nobody ran are a line of their own
 *   owned      capex ÷ hours of life, likewise; and the electricity: kWh × PUE × tariff
 *   beyond     GPUs that run above what was reserved pay the rate of their readings
 */
import { Decimal, splitLargestRemainder } from "@/lib/money";
import { energyCost, kwhOfMillijoules } from "@/lib/pricing/energy";
import { canonicalGpuType } from "@/lib/pricing/gpu-rates";
import { divideHalfEven } from "@/lib/pricing/fraction";
import type { CommittedTerm, EnergyRates } from "./schemas";

const HOUR_MS = 3_600_000n;

/** One node in one hour, in one pool, at the rates that its readings met. */
export interface NodeHour {
  node: string;
  pool: string;
  gpuType: string;
  commitment: string;
  region: string | null;
  busyGpuMs: bigint;
  idleGpuMs: bigint;
  /** At the rate of the readings. */
  listNanoUsd: bigint;
  energyMj: bigint;
}

export interface NodeCost extends NodeHour {
  costNanoUsd: bigint;
}

export interface UnusedCommitment {
  termId: string;
  kind: CommittedTerm["terms"]["kind"];
  gpuMs: bigint;
  nanoUsd: bigint;
}

/** Nano-USD that a term costs in one hour, all of its GPUs together. */
export function committedHourNano({ terms }: CommittedTerm): bigint {
  const hourly =
    terms.kind === "reserved"
      ? new Decimal(terms.upfrontUsd).div(terms.termHours).add(new Decimal(terms.hourlyUsd).mul(terms.gpuCount))
      : new Decimal(terms.capexUsd).div(terms.lifeHours);
  return BigInt(hourly.mul(1e9).toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).toFixed(0));
}

/** `terms` are in force in this hour. Nodes and terms come in any order; the outcome does not depend on it. */
export function costNodes(
  nodes: readonly NodeHour[],
  terms: readonly CommittedTerm[],
  energyOf: (region: string | null) => EnergyRates,
): { nodes: NodeCost[]; unused: UnusedCommitment[] } {
  const ordered = [...nodes].sort((a, b) => (a.node === b.node ? (a.pool < b.pool ? -1 : 1) : a.node < b.node ? -1 : 1));
  const open = ordered.map((node) => node.busyGpuMs + node.idleGpuMs);
  const paid = ordered.map(() => 0n);
  const unused: UnusedCommitment[] = [];
  for (const term of [...terms].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const wanted = ordered.map((node, i) => (takes(term, node) ? open[i]! : 0n));
    const asked = sum(wanted);
    const capacity = BigInt(term.terms.gpuCount) * HOUR_MS;
    const covered = asked < capacity ? asked : capacity;
    const whole = committedHourNano(term);
    const used = capacity === 0n ? 0n : divideHalfEven(whole * covered, capacity);
    if (covered < capacity) {
      unused.push({ termId: term.id, kind: term.terms.kind, gpuMs: capacity - covered, nanoUsd: whole - used });
    }
    if (asked === 0n) continue;
    const coveredMs = splitLargestRemainder(covered, wanted);
    const shares = splitLargestRemainder(used, coveredMs);
    for (const i of ordered.keys()) {
      open[i]! -= coveredMs[i]!;
      paid[i]! += shares[i]!;
    }
  }
  return {
    unused,
    nodes: ordered.map((node, i) => {
      const total = node.busyGpuMs + node.idleGpuMs;
      const beyond = total === 0n ? 0n : divideHalfEven(node.listNanoUsd * open[i]!, total);
      // Whoever owns the GPU pays its electricity too; in every rented hour it is in the rate.
      const power = node.commitment === "owned" ? electricityNano(node, energyOf(node.region)) : 0n;
      return { ...node, costNanoUsd: paid[i]! + beyond + power };
    }),
  };
}

const takes = ({ terms }: CommittedTerm, node: NodeHour): boolean =>
  node.commitment === terms.kind &&
  canonicalGpuType(node.gpuType) === canonicalGpuType(terms.gpuType) &&
  (terms.region === null || terms.region === node.region);

function electricityNano(node: NodeHour, rates: EnergyRates): bigint {
  const { costUsd } = energyCost(kwhOfMillijoules(node.energyMj), rates);
  return BigInt(costUsd.mul(1e9).toDecimalPlaces(0, Decimal.ROUND_HALF_EVEN).toFixed(0));
}

const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n);
