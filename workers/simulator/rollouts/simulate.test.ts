import { describe, expect, it } from "vitest";
import { simulateRollout, type Sabotage } from "./simulate";

const seeds = (count: number) => Array.from({ length: count }, (_, index) => `test ${index}`);

describe("whole rollouts in simulated time (npm run sim:rollouts does thousands)", () => {
  it("keep every invariant, whatever is lost, doubled, late, killed or cut off", () => {
    const broken = seeds(300).flatMap((seed) => simulateRollout(seed).broken.map((what) => `seed "${seed}": ${what}`));
    expect(broken).toEqual([]);
  }, 120_000);

  it("are the same each time for one seed", () => {
    expect(simulateRollout("again")).toEqual(simulateRollout("again"));
  });

  it("reach every end", () => {
    const ends = new Set(seeds(150).flatMap((seed) => simulateRollout(seed).ended.split(", ")));
    expect([...ends]).toEqual(expect.arrayContaining(["promoted", "rolled_back"]));
  }, 60_000);

  it.each<[Sabotage, RegExp]>([
    ["stale_ticks", /without holding its lock|after its abort/],
    ["forgotten_generation", /saw generation 0 after/],
    ["lock_not_held", /began while/],
    ["no_rollback", /after its abort/],
  ])(
    "find a planted defect: %s",
    (sabotage, what) => {
      const broken = seeds(150).flatMap((seed) => simulateRollout(seed, sabotage).broken);
      expect(broken.join("\n")).toMatch(what);
    },
    60_000,
  );
});
