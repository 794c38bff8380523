/** From requests to what is compared: which arm, stratum and group each belongs to, at the frozen prices. Pure. */
import { inScope } from "./scope";
import type { SavingCell } from "./measure";
import type { LedgerEvent, StartedRollout } from "./store";
import type { Method } from "./windows";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK_HOURS = 7 * 24;
const GROUPS = 20;
/** An engine that has just changed warms up: what it does then is nobody's. */
const WARM_UP_MS = 60_000;

export interface CellInput {
  rollout: StartedRollout;
  method: Method;
  events: readonly LedgerEvent[];
  /** Rollouts that began later: a request that is theirs too counts for them alone, so that no dollar is saved twice. */
  later: readonly StartedRollout[];
  /** nano-USD at the frozen prices. */
  cost: (event: LedgerEvent) => number;
}

export interface Cells {
  cells: SavingCell[];
  /** Requests that count for a later change. */
  owned: number;
}

export function cellsOf({ rollout, method, events, later, cost }: CellInput): Cells {
  const sums = new Map<string, SavingCell>();
  let owned = 0;
  for (const event of events) {
    if (rollout.pool === null && !inScope(rollout.scopes, event)) continue;
    const arm = armOf(rollout, method, event);
    if (arm === null) continue;
    if (later.some((other) => owns(other, event))) {
      if (event.success) owned += 1;
      continue;
    }
    const hour = Math.floor(event.occurredAt / HOUR);
    const stratum = JSON.stringify([event.tenant, event.route, method === "split" ? hour : hour % WEEK_HOURS]);
    const group =
      method === "split" ? String(bucketOf(event.actionId ?? event.requestId)) : String(Math.floor(event.occurredAt / DAY));
    const key = `${arm} ${group} ${stratum}`;
    const cell = sums.get(key) ?? { stratum, arm, group, costNanoUsd: 0, successes: 0 };
    sums.set(key, cell);
    cell.costNanoUsd += cost(event);
    cell.successes += event.success ? 1 : 0;
  }
  return { cells: [...sums.values()], owned };
}

function armOf(rollout: StartedRollout, method: Method, event: LedgerEvent): SavingCell["arm"] | null {
  if (method === "seasonal") return event.occurredAt < rollout.startedAt.getTime() ? "control" : "treated";
  if (rollout.pool === null) {
    return event.variant === "canary" ? "treated" : event.variant === "control" ? "control" : null;
  }
  const node = rollout.nodes.find((one) => one.node === event.node);
  if (!node) return event.node === null ? null : "control";
  const [since, until] = [node.since.getTime(), node.until?.getTime() ?? Infinity];
  const within = (from: number) => event.occurredAt >= from && event.occurredAt < from + WARM_UP_MS;
  if (within(since) || within(until)) return null;
  return event.occurredAt >= since && event.occurredAt < until ? "treated" : "control";
}

/** From its start on; one that went back, only while it ran. */
function owns(other: StartedRollout, event: LedgerEvent): boolean {
  if (event.occurredAt < other.startedAt.getTime()) return false;
  if (!other.promoted && other.endedAt !== null && event.occurredAt >= other.endedAt.getTime()) return false;
  return other.pool === null ? event.pool === null && inScope(other.scopes, event) : event.pool === other.pool;
}

/** FNV-1a: the requests of one action are in one group. */
function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % GROUPS;
}
