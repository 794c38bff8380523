import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInExperiment, type AssignmentKeys } from "./experiment";

const keys = (user: number): AssignmentKeys => ({ requestId: `r${user}`, tenant: "acme", user: `u${user}`, actionId: null });
const experiment = { id: "change-7", sharePercent: 25, sticky: "user" as const };

describe("who runs under a change on trial", () => {
  it("is the planned share of people, and always the same ones", () => {
    const users = Array.from({ length: 8_000 }, (_, index) => keys(index));
    const inside = users.filter((one) => isInExperiment(experiment, one));
    // Binomial(8000, 0.25): σ = 38.7; five of them.
    expect(Math.abs(inside.length - 2_000)).toBeLessThan(194);
    expect(users.filter((one) => isInExperiment(experiment, { ...one, requestId: "another" }))).toEqual(inside);
  });

  it("a larger share only adds; 0 is nobody, 100 everybody", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (user, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const within = (sharePercent: number) => isInExperiment({ ...experiment, sharePercent }, keys(user));
        if (within(low)) expect(within(high)).toBe(true);
        expect([within(0), within(100)]).toEqual([false, true]);
      }),
    );
  });

  it("the next one is tried on other people", () => {
    const users = Array.from({ length: 4_000 }, (_, index) => keys(index));
    const both = users.filter((one) => isInExperiment(experiment, one) && isInExperiment({ ...experiment, id: "change-8" }, one));
    expect(Math.abs(both.length - 250)).toBeLessThan(77);
  });

  it("users of two tenants with one name are two people; who names none is drawn by request", () => {
    const tenants = Array.from({ length: 200 }, (_, index) => ({ ...keys(1), tenant: `t${index}` }));
    expect(new Set(tenants.map((one) => isInExperiment(experiment, one))).size).toBe(2);
    const anonymous = Array.from({ length: 200 }, (_, index) => ({ ...keys(index), user: null }));
    expect(new Set(anonymous.map((one) => isInExperiment(experiment, one))).size).toBe(2);
  });
});
