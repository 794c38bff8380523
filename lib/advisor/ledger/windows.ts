/**
 * Which stretches of time of a rollout are measured, and when. Pure.
 *
 *   start ─── split: canary beside control ─── last step ─── week 1 ─── week 2 ─── …   against the weeks before the start
 *         └── ended early: the split is all there is
 */
export type Method = "split" | "seasonal";

export interface RolloutTimes {
  startedAt: Date;
  /** When everybody began to get it; null: not yet, or never. */
  lastStepAt: Date | null;
  endedAt: Date | null;
  promoted: boolean;
}

export interface Window {
  method: Method;
  from: Date;
  to: Date;
  /** Nothing more will be added to it. */
  final: boolean;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Telemetry may come late: the end of a stretch is measured when it is surely in. */
const SETTLE_MS = 30_000;
const WHILE_SPLIT_MS = 30_000;

/** In order of time; the last one may be still open. */
export function windowsOf({ startedAt, lastStepAt, endedAt, promoted }: RolloutTimes, now: Date): Window[] {
  const splitEnd = lastStepAt ?? endedAt;
  const settled = (end: Date) => now.getTime() >= end.getTime() + SETTLE_MS;
  const split: Window = { method: "split", from: startedAt, to: splitEnd ?? now, final: splitEnd !== null && settled(splitEnd) };
  // All at once: there never was a canary beside a control.
  const windows = lastStepAt?.getTime() === startedAt.getTime() ? [] : [split];
  if (!promoted || !lastStepAt) return windows;
  for (let from = lastStepAt.getTime(); from < now.getTime(); from += WEEK) {
    const end = new Date(from + WEEK);
    const over = settled(end);
    windows.push({
      method: "seasonal",
      from: new Date(from),
      to: over ? end : new Date(Math.min(now.getTime(), end.getTime())),
      final: over,
    });
  }
  return windows;
}

/** When it is worth looking again; null: never. */
export function nextLookAt({ lastStepAt, endedAt, promoted }: RolloutTimes, now: Date): Date | null {
  const splitEnd = lastStepAt ?? endedAt;
  const splitOpen = splitEnd === null || now.getTime() < splitEnd.getTime() + SETTLE_MS;
  if (splitOpen || endedAt === null) return new Date(now.getTime() + WHILE_SPLIT_MS);
  if (!promoted || !lastStepAt) return null;
  // Once a day, and when the week is over.
  const week = Math.floor((now.getTime() - lastStepAt.getTime()) / WEEK);
  const weekEnd = lastStepAt.getTime() + (week + 1) * WEEK + SETTLE_MS;
  return new Date(Math.min(now.getTime() + DAY, weekEnd));
}
