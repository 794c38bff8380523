import { describe, expect, it } from "vitest";
import { usualPlan } from "@/lib/changes/rollout/plan";
import { EMPTY_DRAFT, fieldProblems, readEdits, readShares, toChangeDraft, withEdit, type EditDraft } from "./draft-state";

const edit = (text: string, value = "acme"): EditDraft => ({
  ref: { kind: "tokens", scope: { level: "tenant", value } },
  baseVersion: 3,
  baseText: "{}",
  text,
});

describe("a draft", () => {
  it("becomes what the API takes; what was not touched is left to the usual", () => {
    const draft = { ...EMPTY_DRAFT, title: "Cap acme", rationale: "Long answers", edits: [edit('{"maxOutputTokens":500}')] };
    expect(toChangeDraft(draft, readEdits(draft.edits)!)).toEqual({
      title: "Cap acme",
      rationale: "Long answers",
      edits: [{ kind: "tokens", scope: { level: "tenant", value: "acme" }, document: { maxOutputTokens: 500 }, baseVersion: 3 }],
      schedule: null,
    });
  });

  it("is not asked about while a document cannot be read", () => {
    expect(readEdits([edit("{}"), edit('{"a":', "other")])).toBeNull();
    expect(readEdits([edit("[]")])).toBeNull();
  });

  it("holds one edit a policy: the later one", () => {
    const edits = withEdit(withEdit([edit("{}")], edit("{}", "other")), edit('{"stop":[]}'));
    expect(edits.map(({ ref, text }) => `${ref.scope.value} ${text}`)).toEqual(["other {}", 'acme {"stop":[]}']);
  });

  it("says what is wrong at its field", () => {
    const plan = { ...usualPlan("traffic"), sharesPercent: [5, 1, 100] };
    const draft = { ...EMPTY_DRAFT, title: "a", rationale: "Because", plan, guardrails: [] };
    expect(fieldProblems(draft)).toEqual({
      title: "Give it a title that says what changes.",
      "plan.sharesPercent": "Shares rise from step to step.",
      guardrails: expect.stringMatching(/cannot roll itself back/) as string,
    });
  });
});

it.each([
  ["1, 5, 25, 100", [1, 5, 25, 100]],
  ["1 → 50 → 100 %", [1, 50, 100]],
  ["one", null],
  ["", null],
])("shares %j", (text, shares) => expect(readShares(text)).toEqual(shares));
