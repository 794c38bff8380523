/**
 * The polls that wait, at most one a target, and the hints that may end them. A parked poll holds its response and a few
 * numbers, not its request: thousands of them are what this program is made of.
 */
import type { ServerResponse } from "node:http";

export interface Poll {
  bootId: string;
  seq: number;
  /** Serial of the list of signing keys that the target has. */
  keySerial: number;
  response: ServerResponse;
}

export interface ParkedPolls {
  size(): number;
  ids(): string[];
  get(targetId: string): Poll | undefined;
  park(targetId: string, poll: Poll, waitMs: number): void;
  /** No longer parked; false when it was not any more. Who takes it answers it. */
  take(targetId: string, poll: Poll): boolean;
  /** Something may have changed for this target: its poll is looked at in one of the next turns. */
  wake(targetId: string): void;
  /** Runs `work`; a hint that comes meanwhile is kept for the poll that this may park. */
  deciding<T>(targetId: string, work: () => Promise<T>): Promise<T>;
  /** At most so many of those that were woken, in the order of their hints. */
  nextTurn(most: number): string[];
  close(): void;
}

/** `end`: its hold is over, or the target has asked again. */
export function createParkedPolls(end: (targetId: string, poll: Poll) => void): ParkedPolls {
  const parked = new Map<string, { poll: Poll; timer: NodeJS.Timeout }>();
  const woken = new Set<string>();
  /** Words in hand; true when a hint came, so that none falls between deciding and parking. */
  const inHand = new Map<string, boolean>();

  const take = (targetId: string, poll: Poll): boolean => {
    const found = parked.get(targetId);
    if (found?.poll !== poll) return false;
    clearTimeout(found.timer);
    parked.delete(targetId);
    return true;
  };
  const finish = (targetId: string, poll: Poll) => {
    if (take(targetId, poll)) end(targetId, poll);
  };

  return {
    size: () => parked.size,
    ids: () => [...parked.keys()],
    get: (targetId) => parked.get(targetId)?.poll,
    take,
    park: (targetId, poll, waitMs) => {
      if (poll.response.destroyed) return;
      const earlier = parked.get(targetId);
      if (earlier) finish(targetId, earlier.poll);
      parked.set(targetId, { poll, timer: setTimeout(() => finish(targetId, poll), waitMs) });
      poll.response.once("close", () => take(targetId, poll));
    },
    wake: (targetId) => {
      if (inHand.has(targetId)) inHand.set(targetId, true);
      if (parked.has(targetId)) woken.add(targetId);
    },
    deciding: (targetId, work) => {
      if (!inHand.has(targetId)) inHand.set(targetId, false);
      return work().finally(() => {
        if (inHand.get(targetId)) woken.add(targetId);
        inHand.delete(targetId);
      });
    },
    nextTurn: (most) => {
      const turn: string[] = [];
      for (const targetId of woken) {
        if (turn.length === most) break;
        turn.push(targetId);
        woken.delete(targetId);
      }
      return turn;
    },
    close: () => {
      for (const [targetId, { poll }] of parked) finish(targetId, poll);
    },
  };
}
