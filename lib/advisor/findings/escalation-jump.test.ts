import { describe, expect, it } from "vitest";
import { events, inputOf } from "../detectors/testing";
import { escalationJumps } from "./escalation-jump";

/** 200 requests a day for a week on a small model first; `escalates` says which are asked of the large one too. */
const week = (escalates: (request: number, newest: boolean) => boolean, first: "success" | "error" = "success") =>
  inputOf({
    events: events(2 * 1_400, (index) => {
      const request = Math.floor(index / 2);
      const again = escalates(request, request >= 1_200);
      const one = { requestId: `r${request}`, requestHash: `h${request}`, modelServed: index % 2 === 0 ? "small" : "large" };
      if (index % 2 === 0) return { ...one, attempt: 1, final: !again, status: again ? first : "success" };
      // Without an escalation the second row is a request of its own on another route.
      return again ? { ...one, attempt: 2 } : { ...one, requestId: `other${request}`, route: "other" };
    }),
  });

describe("escalations of a router", () => {
  it("a jump from a tenth to two fifths is drift", () => {
    const [found, ...others] = escalationJumps(week((request, newest) => request % 10 < (newest ? 4 : 1)));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: "escalation_jump", subject: "chat-default", tenants: ["acme"] });
    expect(found!.statement).toContain("handed 40 % of its requests on in the newest day, 10 % in the days before");
  });

  it.each([
    ["a steady share", week((request) => request % 10 < 2)],
    ["chance: a tenth, then an eighth", week((request, newest) => (newest ? request % 8 === 0 : request % 10 === 0))],
    ["less than before", week((request, newest) => request % 10 < (newest ? 1 : 4))],
    ["a cascade that has just begun", week((request, newest) => newest && request % 10 < 4)],
    ["calls that failed and were tried again", week((request, newest) => request % 10 < (newest ? 4 : 1), "error")],
    ["hardly any requests", inputOf({ events: events(90) })],
  ])("is quiet: %s", (_, input) => {
    expect(escalationJumps(input)).toEqual([]);
  });
});
