import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentHash, type ChangeContent } from "./content-hash";
import {
  act,
  CHANGE_STATUSES,
  countingApprovals,
  EXPIRY_MS,
  MISFIRE_GRACE_MS,
  onClock,
  onRolloutEnd,
  quorumFor,
  type Action,
  type Answer,
  type ChangeState,
  type Gates,
  type Person,
} from "./machine";

const NOW = new Date("2026-11-20T12:00:00Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);
const lead = (id: string): Person => ({ id, isLead: true, isAdmin: false, mayDraft: true, mayBreakGlass: false, covers: true });
const ada = lead("ada");
const bob = lead("bob");
const cy = lead("cy");
const clear: Gates = {
  content: [],
  evidence: [],
  stale: [],
  frozen: null,
  lockedBy: null,
  activeApprovers: new Set(["ada", "bob", "cy"]),
};
const draft: ChangeState = {
  status: "draft",
  contentHash: "h1",
  contributors: ["ada"],
  authorId: "ada",
  approvals: [],
  openRequestForChanges: false,
  quorum: 1,
  scheduledAt: null,
  since: NOW,
  reviewOwed: false,
};
const got = (answer: Answer): ChangeState => {
  if ("refused" in answer) throw new Error(answer.refused);
  return answer.change;
};
const refusal = (answer: Answer): string => ("refused" in answer ? answer.refused : "");
const submit = (change: ChangeState) => got(act(change, { kind: "submit" }, ada, clear, NOW));

describe("from draft to executing", () => {
  it("submitted by who worked on it, approved by somebody else, started by a lead", () => {
    const approved = got(act(submit(draft), { kind: "approve" }, bob, clear, NOW));
    expect(approved).toMatchObject({ status: "approved", approvals: [{ userId: "bob", contentHash: "h1" }] });
    expect(got(act(approved, { kind: "start" }, ada, clear, NOW)).status).toBe("executing");
  });

  it("what no target could take is never submitted", () => {
    const gates = { ...clear, content: ["FP8 does not run on A100."] };
    expect(refusal(act(draft, { kind: "submit" }, ada, gates, NOW))).toBe("FP8 does not run on A100.");
  });

  it("two approvals of one person are one", () => {
    const two = submit({ ...draft, quorum: 2 });
    const once = got(act(two, { kind: "approve" }, bob, clear, NOW));
    const twice = got(act(once, { kind: "approve" }, bob, clear, NOW));
    expect(twice).toMatchObject({ status: "in_review", approvals: [{ userId: "bob" }] });
    expect(got(act(twice, { kind: "approve" }, cy, clear, NOW)).status).toBe("approved");
  });

  it("nobody who ever edited it approves it", () => {
    const edited = got(act(submit(draft), { kind: "edit", contentHash: "h2", quorum: 1 }, bob, clear, NOW));
    expect(edited).toMatchObject({ status: "draft", contributors: ["ada", "bob"], approvals: [] });
    expect(refusal(act(submit(edited), { kind: "approve" }, bob, clear, NOW))).toMatch(/worked on it/);
  });

  it("required evidence comes first", () => {
    const gates = { ...clear, evidence: ["A passing evaluation newer than 7 days is missing."] };
    expect(refusal(act(submit(draft), { kind: "approve" }, bob, gates, NOW))).toMatch(/evaluation/);
  });

  it("cold engine changes and 4-bit need two people", () => {
    expect(quorumFor({ restart: "cold", fourBit: false }, 1)).toBe(2);
    expect(quorumFor({ restart: "instant", fourBit: true }, 1)).toBe(2);
    expect(quorumFor({ restart: "warm", fourBit: false }, 1)).toBe(1);
    expect(quorumFor({ restart: "cold", fourBit: false }, 3)).toBe(3);
  });
});

describe("every gate again, when it begins", () => {
  const approved = got(act(submit(draft), { kind: "approve" }, bob, clear, NOW));

  it.each<[string, Partial<Gates>, RegExp]>([
    ["an approver who left", { activeApprovers: new Set(["ada"]) }, /0 of 1 approvals/],
    ["a policy that moved", { stale: ["routing, everywhere"] }, /routing, everywhere has changed/],
    ["a freeze", { frozen: "year end" }, /frozen: year end/],
    ["another rollout on the same targets", { lockedBy: "Change 7" }, /Change 7 is being rolled out/],
    ["evidence that grew old", { evidence: ["The evaluation is 8 days old."] }, /8 days/],
  ])("%s stops it", (_, gates, reason) => {
    expect(refusal(act(approved, { kind: "start" }, ada, { ...clear, ...gates }, NOW))).toMatch(reason);
  });

  it("at its time by itself; suspended with the reasons when a gate fails; suspended when its time was missed", () => {
    const at = later(60_000);
    const scheduled = got(act(approved, { kind: "schedule", at }, ada, clear, NOW));
    expect(onClock(scheduled, clear, NOW).change).toBe(scheduled);
    expect(onClock(scheduled, clear, at).change.status).toBe("executing");
    const failed = onClock(scheduled, { ...clear, frozen: "year end" }, at);
    expect(failed).toMatchObject({ change: { status: "suspended" }, reason: "Changes are frozen: year end." });
    expect(onClock(scheduled, clear, new Date(at.getTime() + MISFIRE_GRACE_MS + 1)).change.status).toBe("suspended");
    expect(got(act(failed.change, { kind: "resume" }, ada, clear, at)).status).toBe("scheduled");
  });
});

describe("the clock", () => {
  it.each(Object.entries(EXPIRY_MS))("%s expires", (status, ms) => {
    const change = { ...draft, status: status as ChangeState["status"] };
    expect(onClock(change, clear, later(ms)).change.status).toBe(status);
    expect(onClock(change, clear, later(ms + 1)).change.status).toBe("expired");
  });
});

describe("breaking the glass", () => {
  const action: Action = {
    kind: "break_glass",
    reason: "All requests fail.",
    incidentUrl: "https://incidents.example/7",
    reauthenticatedAt: NOW,
  };
  const may = { ...ada, mayBreakGlass: true };

  it("skips quorum, evidence and freeze, and owes a review", () => {
    const gates = { ...clear, frozen: "year end", evidence: ["missing"], activeApprovers: new Set<string>() };
    expect(got(act(draft, action, may, gates, NOW))).toMatchObject({ status: "executing", reviewOwed: true });
  });

  it.each<[string, Partial<typeof action>, Person, Partial<Gates>]>([
    ["without the permission", {}, ada, {}],
    ["without a fresh password", { reauthenticatedAt: later(-6 * 60_000) }, may, {}],
    ["without a reason", { reason: " " }, may, {}],
    ["without an incident", { incidentUrl: "soon" }, may, {}],
    ["when no target could take it", {}, may, { content: ["No."] }],
    ["beside another rollout", {}, may, { lockedBy: "Change 7" }],
    ["on a base that moved", {}, may, { stale: ["routing"] }],
  ])("not %s", (_, change, by, gates) => {
    expect(refusal(act(draft, { ...action, ...change } as Action, by, { ...clear, ...gates }, NOW))).not.toBe("");
  });
});

describe("whoever does whatever in whatever order", () => {
  const people = ["ada", "bob", "cy", "dan"].map((id, index) => ({ ...lead(id), isLead: index < 3, isAdmin: index === 1 }));
  const action = fc.oneof<fc.Arbitrary<Action>[]>(
    fc.constantFrom<Action>({ kind: "submit" }, { kind: "approve" }, { kind: "start" }, { kind: "resume" }, { kind: "cancel" }),
    fc.constantFrom<Action>({ kind: "ask_changes", comment: "no" }, { kind: "reject", comment: "no" }),
    fc.integer({ min: 2, max: 9 }).map((n): Action => ({ kind: "edit", contentHash: `h${n}`, quorum: 1 + (n % 2) })),
    fc.constant<Action>({ kind: "schedule", at: later(3_600_000) }),
  );
  const step = fc.record({
    action: fc.oneof({ weight: 5, arbitrary: action }, { weight: 1, arbitrary: fc.constant("clock" as const) }),
    by: fc.constantFrom(...people),
    active: fc.subarray(["ada", "bob", "cy"]),
    frozen: fc.boolean(),
    locked: fc.boolean(),
    afterMs: fc.integer({ min: 0, max: 7_200_000 }),
  });

  it("executing only with a quorum of people who did not work on it, for exactly this content, under no freeze or lock", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let change = draft;
        let now = NOW;
        for (const one of steps) {
          now = new Date(now.getTime() + one.afterMs);
          const gates: Gates = {
            ...clear,
            frozen: one.frozen ? "year end" : null,
            lockedBy: one.locked ? "Change 7" : null,
            activeApprovers: new Set(one.active),
          };
          const before = change;
          if (one.action === "clock") change = onClock(change, gates, now).change;
          else {
            const answer = act(change, one.action, one.by, gates, now);
            if ("change" in answer) change = answer.change;
          }
          if (change.status === "executing" && before.status !== "executing") {
            expect(countingApprovals(change, gates.activeApprovers)).toBeGreaterThanOrEqual(change.quorum);
            expect([one.frozen, one.locked]).toEqual([false, false]);
            expect(["approved", "scheduled"]).toContain(before.status);
          }
          if (change.contentHash !== before.contentHash) expect(change).toMatchObject({ status: "draft", approvals: [] });
          for (const approval of change.approvals) expect(approval.contentHash).toBe(change.contentHash);
          if (["rejected", "cancelled", "expired"].includes(before.status)) expect(change).toBe(before);
          expect(CHANGE_STATUSES).toContain(change.status);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("ends as its rollout ends, once", () => {
    const executing = { ...draft, status: "executing" as const };
    expect(onRolloutEnd(executing, "rollback_degraded", NOW).status).toBe("rolled_back");
    const promoted = onRolloutEnd(executing, "promoted", NOW);
    expect(onRolloutEnd(promoted, "rolled_back", NOW)).toBe(promoted);
  });
});

describe("the content hash", () => {
  const content: ChangeContent = {
    diff: { "routing/global/": { routes: { chat: { sticky: "user" } } } },
    baseVersions: { "routing/global/": 3 },
    scope: { level: "global", value: null },
    targetSelector: {},
    rolloutPlan: { strategy: "traffic" },
    guardrails: [{ kind: "count", metric: "error" }],
    schedule: null,
  };

  it("does not depend on the order of keys, and changes with any part", () => {
    const turned = Object.fromEntries(Object.entries(content).toReversed()) as unknown as ChangeContent;
    expect(contentHash(turned)).toBe(contentHash(content));
    for (const key of Object.keys(content) as (keyof ChangeContent)[]) {
      expect(contentHash({ ...content, [key]: { other: 1 } } as ChangeContent)).not.toBe(contentHash(content));
    }
  });
});
