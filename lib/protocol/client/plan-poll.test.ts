import { describe, expect, it } from "vitest";
import type { Outcome } from "./exchange";
import { FIRST_CONVERSATION, planPoll, type Conversation, type PollContext } from "./plan-poll";

const timing = {
  reconnectJitterMs: 120_000,
  retryMs: 60_000,
  pollGapMs: 1_000,
  slowPollMs: 300_000,
  answerMs: 15_000,
  reapplyMs: 5_000,
};
const wallMs = 1_700_000_000_000;
const context = (over: Partial<PollContext> = {}): PollContext => ({
  tookMs: 40_000,
  wallMs,
  hasNextKey: false,
  random: 0.5,
  timing,
  ...over,
});
const away = (retryAfterMs = 0): Outcome => ({ kind: "away", why: "503", retryAfterMs });
const refused = (code: "revoked" | "bad_signature", consoleMs: number | null = null): Outcome => ({
  kind: "refused",
  code,
  why: "no",
  consoleMs,
});
const answer: Outcome = {
  kind: "answer",
  answer: { holdMs: 45_000, serverTime: "2023-11-14T22:13:21.500Z" },
  malformed: null,
  consoleMs: wallMs + 1_500,
};

/** Waits of these outcomes in a row, in seconds. */
function waits(outcomes: Outcome[], over: Partial<PollContext> = {}): number[] {
  let conversation: Conversation = FIRST_CONVERSATION;
  return outcomes.map((outcome) => {
    const plan = planPoll(conversation, outcome, context(over));
    conversation = plan.conversation;
    return plan.waitMs / 1_000;
  });
}

describe("the console is asked again", () => {
  it("at once after a hold, a second after an answer that came at once", () => {
    const plan = planPoll(FIRST_CONVERSATION, answer, context());
    expect(plan).toMatchObject({
      waitMs: 0,
      interruptible: true,
      conversation: { console: "connected", clockOffsetMs: 1_500, holdMs: 45_000 },
    });
    expect(waits([answer], { tookMs: 100 })).toEqual([0.9]);
  });

  it("at any moment of two minutes after it was lost, then less and less often", () => {
    expect(waits([away()], { random: 0 })).toEqual([0]);
    expect(waits([away()], { random: 0.999 })).toEqual([119.88]);
    // 60; then 5, 10, 20, 40, 60, 60 s, a quarter of it less.
    expect(waits(Array.from({ length: 7 }, () => away()))).toEqual([60, 3.75, 7.5, 15, 30, 45, 45]);
    expect(waits([away(), answer, away()])).toEqual([60, 0, 60]);
    expect(planPoll(FIRST_CONVERSATION, away(), context()).interruptible).toBe(false);
  });

  it("not before it asked to be left alone, at most ten minutes", () => {
    expect(waits([away(100_000)], { random: 0 })).toEqual([100]);
    expect(waits([away(86_400_000)], { random: 0 })).toEqual([600]);
  });

  it("every five minutes by a target that is refused", () => {
    expect(waits([refused("revoked"), refused("revoked")])).toEqual([300, 300]);
    expect(waits([refused("revoked")], { random: 0 })).toEqual([240]);
  });

  it("soon when the clock or the own key may be the reason, once each", () => {
    const off = refused("bad_signature", wallMs + 3_600_000);
    expect(waits([off, off])).toEqual([1, 300]);
    expect(waits([refused("bad_signature", wallMs + 500)])).toEqual([300]);
    expect(waits([refused("bad_signature"), refused("bad_signature"), refused("bad_signature")], { hasNextKey: true })).toEqual([
      1, 300, 1,
    ]);
  });
});
