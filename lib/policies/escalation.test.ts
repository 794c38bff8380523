import { describe, expect, it } from "vitest";
import { escalationReason, type Answer } from "./escalation";
import { policyWith } from "./testing";

const when = (over: object) =>
  policyWith({ cascade: { first: "small", escalateTo: "large", when: over } }).routing.routes["chat-default"]!.cascade!.when;
const answer = (over: Partial<Answer>): Answer => ({
  text: "Forty-two.",
  finishReason: "stop",
  jsonWanted: false,
  calledTools: false,
  ...over,
});

describe("escalationReason", () => {
  it.each<[string, object, Partial<Answer>, string | null]>([
    ["cut off", { truncated: true }, { finishReason: "length" }, "truncated"],
    ["cut off, not asked for", {}, { finishReason: "length" }, null],
    ["JSON wanted, prose given", { invalidJson: true }, { jsonWanted: true }, "invalid JSON"],
    ["JSON wanted and given", { invalidJson: true }, { jsonWanted: true, text: '{"a":1}' }, null],
    ["prose wanted", { invalidJson: true }, {}, null],
    ["9 of 10 characters, space not counted", { shorterThanChars: 10 }, { text: " 123456789 " }, "too short"],
    ["10 of 10 characters", { shorterThanChars: 10 }, { text: "1234567890" }, null],
    ["it does not know", { phrases: ["I don't know"] }, { text: "Sorry, i DON'T know." }, 'says "I don\'t know"'],
    [
      "a tool call has no text to judge",
      { shorterThanChars: 10, invalidJson: true },
      { text: "", jsonWanted: true, calledTools: true },
      null,
    ],
    ["nothing declared", {}, { text: "" }, null],
  ])("%s", (_, conditions, given, reason) => {
    expect(escalationReason(when(conditions), answer(given))).toBe(reason);
  });
});
