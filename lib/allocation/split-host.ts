/**
 * Engines that share the GPUs of one host → what each of them holds of it. A MIG slice holds its share of the GPU, used or
 * not. Under time-slicing an engine holds whichever is more: the memory that it keeps from the others, or the time that it
 * runs. What nobody holds is the host's own line. Exact: held + unheld = the host's bill, in time and in money.
 */
import { Decimal, splitLargestRemainder } from "@/lib/money";
import type { NodeHour } from "./node-cost";
import type { Sharing } from "./schemas";

/** Shares are counted in billionths of the host. */
const WHOLE = 1_000_000_000n;

export interface UnheldHost {
  host: string;
  gpuMs: bigint;
  nanoUsd: bigint;
}

/** Nodes without sharing terms hold their GPUs whole. */
export function splitHosts(
  nodes: readonly NodeHour[],
  sharingOf: (node: string) => Sharing | undefined,
): { nodes: NodeHour[]; unheld: UnheldHost[] } {
  const alone: NodeHour[] = [];
  const hosts = new Map<string, NodeHour[]>();
  for (const node of nodes) {
    const sharing = sharingOf(node.node);
    if (!sharing) alone.push(node);
    else hosts.set(sharing.host, [...(hosts.get(sharing.host) ?? []), node]);
  }
  const unheld: UnheldHost[] = [];
  for (const [host, guests] of [...hosts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { nodes: held, rest } = splitHost(guests, sharingOf);
    alone.push(...held);
    if (rest.gpuMs > 0n || rest.nanoUsd > 0n) unheld.push({ host, ...rest });
  }
  return { nodes: alone, unheld };
}

/** Every guest's agent reports the whole GPUs of the host: the longest report is the host's hour, and its bill. */
function splitHost(guests: readonly NodeHour[], sharingOf: (node: string) => Sharing | undefined) {
  const ordered = [...guests].sort((a, b) => (a.node < b.node ? -1 : 1));
  const longest = ordered.reduce((most, node) => (totalMs(node) > totalMs(most) ? node : most));
  const hostMs = totalMs(longest);
  const held = ordered.map((node) => heldShare(sharingOf(node.node)!, node, hostMs));
  const all = held.reduce((total, part) => total + part, 0n);
  // More than the whole was claimed: everybody's claim shrinks alike.
  const weights = [...held, all < WHOLE ? WHOLE - all : 0n];
  const ms = splitLargestRemainder(hostMs, weights);
  const nano = splitLargestRemainder(longest.listNanoUsd, weights);
  const energy = splitLargestRemainder(longest.energyMj, weights);
  const nodes = ordered.map((node, i): NodeHour => {
    const busyGpuMs = node.busyGpuMs < ms[i]! ? node.busyGpuMs : ms[i]!;
    return { ...node, busyGpuMs, idleGpuMs: ms[i]! - busyGpuMs, listNanoUsd: nano[i]!, energyMj: energy[i]! };
  });
  return { nodes, rest: { gpuMs: ms.at(-1)!, nanoUsd: nano.at(-1)! } };
}

const totalMs = (node: NodeHour) => node.busyGpuMs + node.idleGpuMs;

function heldShare(sharing: Sharing, node: NodeHour, hostMs: bigint): bigint {
  if (sharing.mode === "mig") return (WHOLE * BigInt(sharing.slices)) / BigInt(sharing.ofSlices);
  const memory = BigInt(new Decimal(sharing.memoryShare).mul(WHOLE.toString()).toFixed(0));
  const active = hostMs === 0n ? 0n : (WHOLE * node.busyGpuMs) / hostMs;
  return active > memory ? active : memory;
}
