import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitRequest, type LimitedRequest } from "./tokens";
import { policyWith } from "./testing";

const tokens = (over: object) => policyWith({}, { tokens: over }).tokens;
/** One token a character of content, as JSON for tools: easy to add up by hand. */
const count = (part: unknown) => {
  const content = (part as { content?: unknown }).content;
  return typeof content === "string" ? content.length : Array.isArray(part) ? part.length : 0;
};
function bodyOf(limited: LimitedRequest): Record<string, unknown> {
  if ("refusal" in limited) throw new Error(limited.refusal);
  return limited.body;
}
const say = (role: string, content: string, more: object = {}) => ({ role, content, ...more });

describe("limitRequest: output cap", () => {
  it.each([
    ["nothing asked: the cap", {}, { max_completion_tokens: 500 }],
    ["less asked: stays", { max_tokens: 100 }, { max_tokens: 100 }],
    ["more asked: the cap, under the client's name", { max_tokens: 900 }, { max_tokens: 500 }],
    ["both names: both capped", { max_tokens: 900, max_completion_tokens: 100 }, { max_tokens: 500, max_completion_tokens: 100 }],
    ["-1 is no way round it", { max_tokens: -1 }, { max_tokens: 500 }],
    ["text is no way round it", { max_tokens: "9999" }, { max_tokens: 500 }],
    ["null is nothing", { max_tokens: null }, { max_tokens: null, max_completion_tokens: 500 }],
  ])("%s", (_, asked, sent) => {
    expect(bodyOf(limitRequest(asked, tokens({ maxOutputTokens: 500 }), count))).toEqual(sent);
  });
  it("is never above min(client, policy), whatever the client sends", () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 2_000 }), fc.double(), fc.constant(null), fc.string());
    fc.assert(
      fc.property(
        fc.record({ max_tokens: value, max_completion_tokens: value }, { requiredKeys: [] }),
        fc.integer({ min: 1, max: 1_000 }),
        (asked, cap) => {
          const sent = bodyOf(limitRequest(asked, tokens({ maxOutputTokens: cap }), count));
          const set = [sent["max_tokens"], sent["max_completion_tokens"]].filter((v) => v !== undefined && v !== null);
          expect(set.length).toBeGreaterThan(0);
          for (const v of set) {
            expect(v).toBeGreaterThanOrEqual(1);
            expect(v).toBeLessThanOrEqual(cap);
          }
        },
      ),
    );
  });
  it("without a cap nothing is touched", () => {
    const body = { max_tokens: 99_999 };
    expect(limitRequest(body, tokens({}), count)).toEqual({ body, inputTokens: 0, changes: [] });
  });
  it("uses the older name where the upstream wants it", () => {
    expect(bodyOf(limitRequest({}, tokens({ maxOutputTokens: 5 }), count, "max_tokens"))).toEqual({ max_tokens: 5 });
  });
});

describe("limitRequest: input limit", () => {
  const body = {
    messages: [
      say("system", "12345"),
      say("user", "1234567890"),
      say("assistant", "", { tool_calls: [{ id: "c" }] }),
      say("tool", "1234567890", { tool_call_id: "c" }),
      say("assistant", "12345"),
      say("user", "1234567"),
      say("assistant", "123"),
      say("user", "12345678"),
    ],
    tools: [{}, {}],
  };
  // 5 system + 25 first turn + 10 second turn + 8 last question + 2 tools = 50.
  it("refuses what is too long, with the numbers and what to do", () => {
    expect(limitRequest(body, tokens({ maxInputTokens: 49 }), count)).toEqual({
      refusal: "The input has about 50 tokens; at most 49 are allowed here. Send less text or fewer messages.",
      inputTokens: 50,
    });
    expect(limitRequest(body, tokens({ maxInputTokens: 50 }), count)).toMatchObject({ inputTokens: 50, changes: [] });
  });
  it("trims whole oldest turns: the tool result goes with its call", () => {
    const limited = limitRequest(body, tokens({ maxInputTokens: 49, onInputOver: "trim_history" }), count);
    expect(limited).toMatchObject({ inputTokens: 25, changes: ["4 oldest messages left out: 50 → 25 input tokens"] });
    expect(bodyOf(limited)["messages"]).toEqual([body.messages[0], ...body.messages.slice(5)]);
  });
  it("keeps the prompt and the last question, and refuses when those alone are too long: 5 + 8 + 2 = 15", () => {
    const policy = (maxInputTokens: number) => tokens({ maxInputTokens, onInputOver: "trim_history" });
    expect(bodyOf(limitRequest(body, policy(15), count))["messages"]).toEqual([body.messages[0], body.messages[7]]);
    expect(limitRequest(body, policy(14), count)).toMatchObject({
      refusal: expect.stringContaining("Without its older messages it still has about 15"),
    });
  });
  it("leaves a suffix of the history, fits, and drops nothing that was not needed", () => {
    const role = fc.constantFrom("system", "user", "assistant", "tool");
    const message = fc.record({ role, content: fc.string({ maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), fc.integer({ min: 1, max: 60 }), (messages, maxInputTokens) => {
        const limited = limitRequest({ messages }, tokens({ maxInputTokens, onInputOver: "trim_history" }), count);
        if ("refusal" in limited) return;
        const kept = (limited.body as { messages: typeof messages }).messages;
        expect(kept.reduce((sum, m) => sum + m.content.length, 0)).toBeLessThanOrEqual(maxInputTokens);
        const history = (list: typeof messages) => list.filter((m) => m.role !== "system");
        expect(history(messages).slice(history(messages).length - history(kept).length)).toEqual(history(kept));
        expect(kept.filter((m) => m.role === "system")).toEqual(messages.filter((m) => m.role === "system"));
        const last = messages.findLast((m) => m.role === "user");
        if (last) expect(kept).toContain(last);
        // Nothing dropped unless the whole was too long; and then the rest begins with a question.
        if (kept.length < messages.length) {
          expect(messages.reduce((sum, m) => sum + m.content.length, 0)).toBeGreaterThan(maxInputTokens);
          expect(history(kept)[0]?.role).toBe("user");
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("limitRequest: defaults", () => {
  const policy = tokens({ stop: ["END"], responseFormat: { type: "json_object" } });
  it("adds stop and response format where the client has none, and does not change the body it was given", () => {
    const body = Object.freeze({ messages: [] });
    expect(bodyOf(limitRequest(body, policy, count))).toEqual({
      messages: [],
      stop: ["END"],
      response_format: { type: "json_object" },
    });
  });
  it("leaves the client's own", () => {
    const body = { stop: "x", response_format: { type: "text" } };
    expect(bodyOf(limitRequest(body, policy, count))).toEqual(body);
  });
});
