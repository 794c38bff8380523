/** When the console is asked again, after each outcome. Pure. */
import type { Timing } from "./contract";
import type { Outcome } from "./exchange";

const LONGEST_RETRY_AFTER_MS = 10 * 60_000;
/** A clock that is further off than this could be why a token was refused. */
const CLOCK_OFF_MS = 2_000;

export interface Conversation {
  console: "connecting" | "connected" | "lost" | "refused";
  reason: string | null;
  failuresInARow: number;
  /** Add to this machine's clock to have the console's. */
  clockOffsetMs: number;
  /** How long the console said it holds a poll. */
  holdMs: number;
  /** Sign with the next own key: the console may have taken it and its answer was lost. */
  tryNextKey: boolean;
}

export const FIRST_CONVERSATION: Conversation = {
  console: "connecting",
  reason: null,
  failuresInARow: 0,
  clockOffsetMs: 0,
  holdMs: 60_000,
  tryNextKey: false,
};

export interface PollPlan {
  conversation: Conversation;
  waitMs: number;
  /** A reason to speak may end the wait early. */
  interruptible: boolean;
}

export interface PollContext {
  /** What the request took. */
  tookMs: number;
  /** This machine's clock, epoch ms. */
  wallMs: number;
  /** The key was signed with is not the only one this target has. */
  hasNextKey: boolean;
  random: number;
  timing: Timing;
}

export function planPoll(before: Conversation, outcome: Outcome, context: PollContext): PollPlan {
  const { random, timing } = context;
  switch (outcome.kind) {
    case "aborted":
      return { conversation: before, waitMs: 0, interruptible: true };
    case "answer": {
      const conversation: Conversation = {
        console: "connected",
        reason: outcome.malformed?.why ?? null,
        failuresInARow: 0,
        clockOffsetMs: outcome.consoleMs - context.wallMs,
        holdMs: outcome.answer.holdMs,
        tryNextKey: before.tryNextKey,
      };
      return { conversation, waitMs: Math.max(0, timing.pollGapMs - context.tookMs), interruptible: true };
    }
    case "away": {
      const failuresInARow = before.failuresInARow + 1;
      const conversation: Conversation = { ...before, console: "lost", reason: outcome.why, failuresInARow };
      const spread =
        failuresInARow === 1
          ? random * timing.reconnectJitterMs
          : Math.min(timing.retryMs, 5_000 * 2 ** Math.min(failuresInARow - 2, 8)) * (0.5 + random / 2);
      const waitMs = Math.max(spread, Math.min(outcome.retryAfterMs, LONGEST_RETRY_AFTER_MS) * (1 + random / 5));
      return { conversation, waitMs, interruptible: false };
    }
    case "refused": {
      const slowMs = timing.slowPollMs * (0.8 + 0.4 * random);
      const conversation: Conversation = {
        ...before,
        console: "refused",
        reason: `${outcome.code}: ${outcome.why}`,
        failuresInARow: before.failuresInARow + 1,
      };
      const slow: PollPlan = { conversation, waitMs: slowMs, interruptible: false };
      if (outcome.code !== "bad_signature") return slow;
      const offsetMs = outcome.consoleMs === null ? before.clockOffsetMs : outcome.consoleMs - context.wallMs;
      // Each way out is tried once in a row, then it is asked slowly.
      if (Math.abs(offsetMs - before.clockOffsetMs) > CLOCK_OFF_MS) {
        return { conversation: { ...conversation, clockOffsetMs: offsetMs }, waitMs: timing.pollGapMs, interruptible: false };
      }
      if (context.hasNextKey) {
        const toggled: Conversation = { ...conversation, tryNextKey: !before.tryNextKey };
        return { conversation: toggled, waitMs: before.tryNextKey ? slowMs : timing.pollGapMs, interruptible: false };
      }
      return slow;
    }
  }
}
