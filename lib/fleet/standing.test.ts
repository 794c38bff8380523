import { describe, expect, it } from "vitest";
import { decideKeys } from "./decide-keys";
import { BEAT_LOST_MS, listeningSince, livenessOf, OFFLINE_AFTER_MS } from "./liveness";
import { rolloutState, type Standing } from "./rollout-state";

const NOW = new Date("2026-11-20T12:00:00Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const HOUR = 3_600_000;

describe("who is offline", () => {
  it.each([
    ["never asked", null, ago(HOUR), "never"],
    ["asked three holds ago", ago(OFFLINE_AFTER_MS), ago(HOUR), "online"],
    ["longer ago", ago(OFFLINE_AFTER_MS + 1), ago(HOUR), "offline"],
    ["longer ago, and nobody listens", ago(HOUR), null, "unknown"],
    ["longer ago, but the fleet server was away until now", ago(HOUR), ago(0), "unknown"],
    ["longer ago, and it has listened for three holds", ago(HOUR), ago(OFFLINE_AFTER_MS), "unknown"],
    ["longer ago, and it has listened for longer", ago(HOUR), ago(OFFLINE_AFTER_MS + 1), "offline"],
  ])("%s: %#", (_, lastSeenAt, since, expected) => {
    expect(livenessOf(lastSeenAt, since, NOW)).toBe(expected);
  });

  it("listening began with the oldest fleet server that still beats", () => {
    const server = (since: number, beat: number) => ({ listeningSince: ago(since), beatAt: ago(beat) });
    expect(listeningSince([], NOW)).toBeNull();
    expect(listeningSince([server(HOUR, BEAT_LOST_MS + 1)], NOW)).toBeNull();
    expect(listeningSince([server(5_000, 0), server(HOUR, BEAT_LOST_MS), server(2 * HOUR, HOUR)], NOW)).toEqual(ago(HOUR));
  });
});

describe("where an order stands", () => {
  const [A, B] = ["a".repeat(64), "b".repeat(64)];
  const standing = (over: Partial<Standing> = {}): Standing => ({
    desired: { generation: 2, hash: A, forced: false },
    running: { generation: 1, hash: B },
    attempt: null,
    verdict: null,
    driftPolls: 0,
    offeredGeneration: null,
    liveness: "online",
    ...over,
  });
  const runs = { generation: 2, hash: A };
  it.each([
    ["none", { desired: null }],
    ["pending", {}],
    ["pending", { offeredGeneration: 1 }],
    ["offered", { offeredGeneration: 2 }],
    ["applying", { attempt: { ...runs, status: "applying" } }],
    ["warming", { attempt: { ...runs, status: "warming" } }],
    ["offered", { attempt: { generation: 1, hash: B, status: "applying" }, offeredGeneration: 2 }],
    ["healthy", { running: runs }],
    ["healthy", { running: runs, liveness: "offline" as const, driftPolls: 2 }],
    ["drifted", { running: runs, driftPolls: 3 }],
    ["failed", { verdict: { generation: 2, attempt: 1, status: "failed" as const } }],
    ["failed", { verdict: { generation: 1, attempt: 1, status: "failed" as const }, liveness: "offline" as const }],
    ["refused", { verdict: { generation: 2, attempt: 1, status: "refused" as const } }],
    ["unreachable", { liveness: "offline" as const, offeredGeneration: 2 }],
    ["unreachable", { liveness: "never" as const }],
  ])("%s: %#", (expected, over) => {
    expect(rolloutState(standing(over))).toBe(expected);
  });
});

describe("a target's own keys", () => {
  const key = (letter: string) => ({ kty: "OKP" as const, crv: "Ed25519" as const, x: letter.repeat(43) });
  const [ONE, TWO, THREE] = [key("1"), key("2"), key("3")] as const;
  it.each([
    ["as ever", { current: ONE, next: null }, { signedBy: ONE }, { keys: { current: ONE, next: null } }],
    [
      "tells the next",
      { current: ONE, next: null },
      { signedBy: ONE, rotateTo: TWO },
      { keys: { current: ONE, next: TWO }, rotated: TWO },
    ],
    [
      "tells it again",
      { current: ONE, next: TWO },
      { signedBy: ONE, rotateTo: TWO },
      { keys: { current: ONE, next: TWO }, rotated: TWO },
    ],
    [
      "thinks better of it",
      { current: ONE, next: TWO },
      { signedBy: ONE, rotateTo: THREE },
      { keys: { current: ONE, next: THREE }, rotated: THREE },
    ],
    ["uses the next", { current: ONE, next: TWO }, { signedBy: TWO }, { keys: { current: TWO, next: null } }],
    [
      "uses it, not sure it was heard",
      { current: ONE, next: TWO },
      { signedBy: TWO, rotateTo: TWO },
      { keys: { current: TWO, next: null }, rotated: TWO },
    ],
    ["uses one that ended", { current: TWO, next: null }, { signedBy: ONE }, "unknown"],
  ])("%s", (_, keys, word, expected) => {
    expect(decideKeys(keys, word)).toEqual(expected);
  });
});
