import { describe, expect, it } from "vitest";
import { detectable } from "./detectable";

describe("the smallest harm that a plan can see", () => {
  const traffic = { requestsPerMinute: 20, canaryShare: 0.5, errorRate: 0.01, slowRate: 0.05, costSigma: 1 };

  it("is larger with little traffic, and the more it is worse the surer it is seen", () => {
    const little = detectable(traffic, 60);
    const much = detectable({ ...traffic, requestsPerMinute: 200 }, 60);
    const caught = (of: typeof little, worse: number) => of.find((one) => one.metric === "cost" && one.worse === worse)!.caught;
    expect(caught(little, 0.2)).toBeLessThan(caught(little, 1));
    expect(caught(little, 0.2)).toBeLessThan(caught(much, 0.2));
    expect(caught(much, 1)).toBe(1);
    expect(detectable(traffic, 60)).toEqual(little);
  });

  it("nothing, without traffic", () => {
    expect(detectable({ ...traffic, requestsPerMinute: 0 }, 60)).toEqual([]);
  });
});
