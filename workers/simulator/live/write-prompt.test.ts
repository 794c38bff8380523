import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomAt } from "@/lib/stats/random";
import type { Call } from "../attempts";
import { embed } from "../embedding";
import { MODELS, TENANTS } from "../fleet";
import { countTokens, textOf, wishOf } from "../simulated-text";
import { Repeats } from "./repeats";
import { writePrompt } from "./write-prompt";

const scene = { tenant: TENANTS[0], endpoint: "support.chat" };
const call = (over: Partial<Call> = {}): Call => ({
  startMs: 0,
  feature: "chat",
  route: "chat-default",
  model: MODELS.gpt41mini,
  attempts: 1,
  timeoutMs: 1_000,
  tokens: { input: 1_500, output: 190 },
  ...over,
});
interface Message {
  role: string;
  content: string;
}
const messagesOf = (body: Record<string, unknown>) => body["messages"] as Message[];

describe("prompts of the live demo", () => {
  it("property: have the recipe's tokens, as the simulated models count them, and say how long the answer is to be", () => {
    const tokens = fc.record({
      input: fc.integer({ min: 1_300, max: 12_000 }),
      output: fc.integer({ min: 1, max: 6_000 }),
      reasoning: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(tokens, fc.constantFrom("support.chat", "docs.summarize"), fc.string(), (sizes, endpoint, seed) => {
        const { body } = writePrompt({ ...scene, endpoint }, call({ tokens: sizes }), seed);
        expect(Math.abs(countTokens(messagesOf(body)) - sizes.input)).toBeLessThanOrEqual(1);
        expect(wishOf(textOf(messagesOf(body)))).toEqual({
          output: sizes.output,
          reasoning: Math.min(sizes.reasoning, sizes.output),
        });
      }),
    );
  });

  it("the same question is the same to the byte; another one shares the company's instructions and nothing else", () => {
    const [one, again, other] = ["q1", "q1", "q2"].map((seed) => writePrompt(scene, call(), seed));
    expect(again).toEqual(one);
    expect(messagesOf(other!.body)[0]).toEqual(messagesOf(one!.body)[0]);
    const near = cosine(messagesOf(one!.body)[1]!.content, messagesOf(other!.body)[1]!.content);
    expect(near).toBeLessThan(0.3);
  });

  it("reworded: all the same but one word of the last question, near enough for a strict semantic cache", () => {
    const [one, reworded] = [writePrompt(scene, call(), "q1"), writePrompt(scene, call(), "q1", true)];
    const [a, b] = [messagesOf(one.body), messagesOf(reworded.body)];
    expect(b[0]).toEqual(a[0]);
    expect(b[1]!.content).not.toBe(a[1]!.content);
    expect(cosine(a[1]!.content, b[1]!.content)).toBeGreaterThan(0.97);
  });

  it("an agent's context is marked for the provider's cache and grows from its beginning", () => {
    const step = (over: Partial<Call["tokens"]>) =>
      writePrompt(
        { ...scene, endpoint: "assistant.agent" },
        call({ model: MODELS.sonnet, actionId: "run-1", tokens: { input: 1_400, output: 190, ...over } }),
        "s",
      );
    const [first, second] = [step({ cacheWrite5m: 5_200 }), step({ cacheRead: 6_790 })].map(({ body }) =>
      textOf(messagesOf(body)[0]),
    );
    expect(second!.startsWith(first!)).toBe(true);
    expect(first!.length).toBe((5_200 - 4) * 4);
  });
});

describe("repeats", () => {
  const random = randomAt("repeats");
  it("a popular question keeps its size; a hit asks again what was just asked; without anything to repeat it is a miss", () => {
    const repeats = new Repeats();
    const popular = (input: number, atMs: number) =>
      repeats.choose("kb", { call: call({ requestHash: "kb-1", tokens: { input, output: 9 } }) }, random, atMs).call.tokens.input;
    expect([popular(6_000, 0), popular(7_000, 1)]).toEqual([6_000, 6_000]);
    const hit = { layer: "exact", similarity: null } as const;
    const first = repeats.choose("chat", { call: call({ requestHash: "c1" }), hit }, random, 0);
    expect([first.seed, first.reworded]).toEqual(["c1", false]);
    expect(repeats.choose("chat", { call: call({ requestHash: "c2" }), hit }, random, 1_000).seed).toBe("c1");
    expect(repeats.choose("chat", { call: call({ requestHash: "c3" }), hit }, random, 300_000).seed).toBe("c3");
  });
});

function cosine(a: string, b: string): number {
  const [left, right] = [embed(a, 256), embed(b, 256)];
  return left!.reduce((sum, value, index) => sum + value * right![index]!, 0);
}
