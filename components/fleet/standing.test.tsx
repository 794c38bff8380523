import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Liveness, RolloutState, TargetState, TargetView } from "@/lib/fleet/schemas";
import { countStandings, filterTargets, type TargetFilter } from "./filter-targets";
import { explainDifference, explainStanding, isWorry, STANDINGS, standingOf } from "./standing";
import { engineView, hashOf, NOW, targetView } from "./testing";

const WELL = { ok: true, crashes: 0, figures: {} };
const ILL = { ok: false, reason: "the upstream is gone", crashes: 2, figures: {} };

describe("the one word of a target", () => {
  it.each<[TargetState, Liveness, RolloutState, TargetView["health"], string]>([
    ["active", "online", "healthy", WELL, "healthy"],
    ["active", "online", "none", WELL, "idle"],
    ["active", "online", "pending", WELL, "pending"],
    ["active", "online", "offered", WELL, "pending"],
    ["active", "online", "applying", WELL, "applying"],
    ["active", "online", "warming", ILL, "applying"],
    ["active", "online", "refused", WELL, "refused"],
    ["active", "online", "failed", ILL, "failed"],
    ["active", "online", "drifted", WELL, "drifted"],
    ["active", "online", "healthy", ILL, "unwell"],
    ["active", "never", "unreachable", null, "silent"],
    // It ran what it should when it was last heard; that is not healthy.
    ["active", "offline", "healthy", WELL, "unreachable"],
    ["active", "offline", "failed", WELL, "unreachable"],
    ["active", "unknown", "healthy", WELL, "unknown"],
    ["quarantined", "online", "healthy", WELL, "quarantined"],
    ["revoked", "offline", "unreachable", null, "revoked"],
  ])("%s, %s, %s", (state, liveness, rollout, health, word) => {
    expect(standingOf({ state, liveness, rollout, health, withheld: null })).toBe(word);
  });

  it("calls nothing healthy that is not heard, not let in, not well or not where it should be", () => {
    const any = fc.record({
      state: fc.constantFrom<TargetState>("active", "quarantined", "revoked"),
      liveness: fc.constantFrom<Liveness>("online", "offline", "never", "unknown"),
      rollout: fc.constantFrom<RolloutState>("none", "pending", "offered", "applying", "healthy", "refused", "failed", "drifted"),
      health: fc.constantFrom(WELL, ILL, null),
      withheld: fc.constantFrom(null, null, "Nobody allowed it."),
    });
    fc.assert(
      fc.property(any, (target) => {
        const good =
          target.state === "active" &&
          target.liveness === "online" &&
          target.rollout === "healthy" &&
          target.withheld === null &&
          target.health?.ok !== false;
        expect(standingOf(target) === "healthy").toBe(good);
      }),
    );
  });
});

describe("why it stands so", () => {
  const failed = { generation: 7, attempt: 3, hash: hashOf("a"), status: "failed" as const, at: "2026-11-20T11:30:00.000Z" };

  it("says what failed, what it went back to, and what would help", () => {
    const target = engineView({
      rollout: "failed",
      running: { generation: 6, hash: hashOf("b") },
      lastAttempt: { ...failed, error: "CUDA out of memory" },
    });
    expect(explainStanding(target, NOW)).toBe(
      "Generation 7 failed; it went back and keeps generation 6: CUDA out of memory. The same content is not offered again unless somebody insists; a corrected policy is a new generation.",
    );
  });

  it("does not blame an old failure for a new refusal", () => {
    const target = targetView({
      rollout: "refused",
      running: null,
      lastAttempt: { ...failed, hash: hashOf("b"), error: "of another order" },
    });
    expect(explainStanding(target, NOW)).toMatch(
      /^It refused generation 7 without touching anything, and still runs no policy\. /,
    );
  });

  it("says what an unreachable one runs, and what it will get", () => {
    const target = targetView({
      liveness: "offline",
      rollout: "unreachable",
      lastSeenAt: "2026-11-20T11:00:00.000Z",
      running: { generation: 5, hash: hashOf("b") },
    });
    expect(explainStanding(target, NOW)).toBe(
      "Last heard 60 min ago. What it runs keeps running: generation 5 by its last word. It gets generation 7 as soon as it is back.",
    );
  });

  it("has whole sentences for every standing", () => {
    const cases: Partial<TargetView>[] = [
      {},
      { rollout: "none", desired: null, running: null },
      { rollout: "pending" },
      { rollout: "offered" },
      { rollout: "applying" },
      { rollout: "warming" },
      { health: ILL },
      { rollout: "pending", withheld: "The audit chain does not know it." },
      { rollout: "drifted", driftPolls: 4, effectiveHash: hashOf("f") },
      { rollout: "failed" },
      { rollout: "refused" },
      { liveness: "offline" },
      { liveness: "unknown" },
      { liveness: "never", lastSeenAt: null },
      { state: "quarantined", stateReason: "Two programs" },
      { state: "revoked", stateReason: "sold" },
    ];
    expect(new Set(cases.map((over) => standingOf(targetView(over))))).toEqual(new Set(STANDINGS));
    for (const over of cases) {
      const text = explainStanding(targetView(over), NOW);
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(text).not.toMatch(/undefined|null|\?|\.\.|\. \./);
    }
  });
});

describe("desired against reported", () => {
  it.each<[string, Partial<TargetView>, RegExp | null]>([
    ["agree", {}, null],
    ["nothing ordered, nothing runs", { desired: null, running: null }, null],
    ["a younger database", { desired: null }, /database is younger/],
    ["nothing applied", { running: null, rollout: "pending" }, /^Nothing was applied there yet/],
    ["the first order refused", { running: null, rollout: "refused" }, /first order did not get through/],
    ["one behind", { running: { generation: 6, hash: hashOf("b") }, rollout: "applying" }, /^It is 1 generation behind\.$/],
    [
      "four behind",
      { running: { generation: 3, hash: hashOf("b") }, rollout: "pending" },
      /4 generations behind.*not one by one/,
    ],
    ["stays behind", { running: { generation: 6, hash: hashOf("b") }, rollout: "failed" }, /stays there: it failed with/],
    ["ahead", { running: { generation: 9, hash: hashOf("b") } }, /restored backup/],
    ["same content", { running: { generation: 6, hash: hashOf("a") } }, /content is the same/],
    ["same number, other content", { running: { generation: 7, hash: hashOf("b") } }, /other content/],
  ])("%s", (_, over, said) => {
    const difference = explainDifference(targetView(over));
    if (said === null) expect(difference).toBeNull();
    else expect(difference).toMatch(said);
  });
});

describe("counts and filters", () => {
  const ALL: TargetFilter = { q: "", connector: null, environment: null, pool: null, standing: "current" };
  const fleet = [
    targetView({ id: "1", name: "gw-1" }),
    targetView({ id: "2", name: "gw-2", liveness: "offline" }),
    engineView({ id: "3", name: "node-1" }),
    engineView({ id: "4", name: "node-2", rollout: "failed", environment: "staging" }),
    targetView({ id: "5", name: "gw-0", state: "revoked" }),
  ];
  const names = (filter: Partial<TargetFilter>) => filterTargets(fleet, { ...ALL, ...filter }).map(({ name }) => name);

  it("leaves out what was revoked until it is asked for", () => {
    expect(names({})).toEqual(["gw-1", "gw-2", "node-1", "node-2"]);
    expect(names({ standing: "revoked" })).toEqual(["gw-0"]);
    expect(names({ standing: "attention" })).toEqual(["gw-2", "node-2"]);
    expect(names({ connector: "engine", environment: "production" })).toEqual(["node-1"]);
    expect(names({ pool: "llama-8b", standing: "failed" })).toEqual(["node-2"]);
    expect(names({ q: " h100 " })).toEqual(["node-1", "node-2"]);
  });

  it("counts as many as each choice would show, and offers nothing empty but what is chosen", () => {
    const some = fc.array(
      fc.record({
        state: fc.constantFrom<TargetState>("active", "revoked"),
        liveness: fc.constantFrom<Liveness>("online", "offline"),
        rollout: fc.constantFrom<RolloutState>("healthy", "failed", "none"),
        connector: fc.constantFrom("engine" as const, "litellm" as const),
      }),
    );
    const filters = fc.record({
      connector: fc.constantFrom(null, "engine" as const),
      standing: fc.constantFrom("current" as const, "drifted" as const),
    });
    fc.assert(
      fc.property(some, filters, (overs, chosen) => {
        const targets = overs.map((over, at) => targetView({ ...over, id: String(at) }));
        const filter = { ...ALL, ...chosen };
        const counts = countStandings(targets, filter);
        for (const { filter: standing, count } of counts) {
          expect(count).toBe(filterTargets(targets, { ...filter, standing }).length);
          if (standing !== "current" && standing !== filter.standing) expect(count).toBeGreaterThan(0);
        }
        const of = (wanted: (standing: string) => boolean) =>
          counts.filter(({ filter: one }) => wanted(one)).reduce((sum, { count }) => sum + count, 0);
        const single = (one: string) => one !== "current" && one !== "attention";
        expect(of((one) => single(one) && one !== "revoked")).toBe(of((one) => one === "current"));
        expect(of((one) => single(one) && isWorry(one as (typeof STANDINGS)[number]))).toBe(of((one) => one === "attention"));
      }),
    );
  });
});
