/**
 * What a finding becomes when a run has looked again. Pure.
 *
 *            detected                     drafted, or a task begun            not detected any more
 *   (new) ───────────► open ──────────────────────────────► in_change ───────────────────────────► verified
 *                      │ ▲ ▲───── the change came to nothing, or was promoted and it is still there ───┘ │
 *              dismiss │ │ └──────────────────────────── it came back ───────────────────────────────────┘
 *                      ▼ │ until has passed, or reopened
 *                  dismissed          open, not detected any more ► gone ► (detected) open
 */
import type { ChangeStatus } from "@/lib/changes/request/machine";
import { DAY_MS } from "@/lib/time";
import type { FindingState } from "./schemas";

export interface KnownFinding {
  state: FindingState;
  dismissedUntil: Date | null;
  /** The change that was drafted from it; null: none, or a task. */
  change: { status: ChangeStatus; since: Date } | null;
}

export interface NextState {
  state: FindingState;
  /** Null: nothing to say. */
  reason: string | null;
}

const CAME_TO_NOTHING: readonly ChangeStatus[] = ["rolled_back", "failed_preflight", "rejected", "cancelled", "expired"];
/** The window still holds days from before the change. */
const SETTLES_MS = 8 * DAY_MS;

/** Null: it stays as it is. */
export function nextState(known: KnownFinding | null, detected: boolean, now: Date): NextState | null {
  if (!known) return detected ? { state: "open", reason: null } : null;
  switch (known.state) {
    case "open":
      return detected ? null : { state: "gone", reason: "Not seen any more, without a change from here." };
    case "gone":
    case "verified":
      return detected ? { state: "open", reason: "It is back." } : null;
    case "dismissed": {
      const over = known.dismissedUntil !== null && known.dismissedUntil.getTime() <= now.getTime();
      if (!over) return null;
      return detected
        ? { state: "open", reason: "The time for which it was dismissed is over." }
        : { state: "gone", reason: null };
    }
    case "in_change":
      return afterWork(known, detected, now);
  }
}

function afterWork({ change }: KnownFinding, detected: boolean, now: Date): NextState | null {
  if (!change) return detected ? null : { state: "verified", reason: "Not seen any more since the work began." };
  if (CAME_TO_NOTHING.includes(change.status)) {
    const words = change.status.replaceAll("_", " ");
    return detected
      ? { state: "open", reason: `The change was ${words}.` }
      : { state: "gone", reason: `The change was ${words}.` };
  }
  if (change.status !== "promoted") return null;
  if (!detected) return { state: "verified", reason: "Not seen any more since the change was promoted." };
  return now.getTime() - change.since.getTime() < SETTLES_MS
    ? null
    : { state: "open", reason: "The change is promoted for a week, and it is still there." };
}
