import { describe, expect, it } from "vitest";
import { compareValues, formatAbsolute, formatRelative, wordChange } from "./change";

describe("compareValues", () => {
  it("words cost that rose 12 % as worse", () => {
    const change = compareValues("112", "100", "lower");
    expect(change).toMatchObject({ kind: "moved", absolute: 12, relative: 0.12, trend: "up", verdict: "worse" });
    expect(wordChange("Cost", change)).toBe("Cost up 12%, worse");
  });
  it("words a success rate that rose as better", () => {
    expect(wordChange("Success rate", compareValues("0.99", "0.9", "higher"))).toBe("Success rate up 10%, better");
  });
  it("takes no side on neutral metrics", () => {
    expect(wordChange("Requests", compareValues("80", "100"))).toBe("Requests down 20%");
  });
  it("says no baseline instead of infinite percent", () => {
    expect(wordChange("Cost", compareValues("5", "0", "lower"))).toBe("Cost: no baseline");
    expect(wordChange("Cost", compareValues("5", null, "lower"))).toBe("Cost: no baseline");
    expect(compareValues("5", "0", "lower").relative).toBeNull();
  });
  it("tells no comparison, no data and no change apart", () => {
    expect(compareValues("5", undefined).kind).toBe("none");
    expect(compareValues(null, "5").kind).toBe("no_data");
    expect(compareValues("5", "5").kind).toBe("same");
  });
  it("takes percentages of the size of a negative baseline", () => {
    expect(compareValues("-50", "-100", "lower")).toMatchObject({ relative: 0.5, trend: "up", verdict: "worse" });
  });
});

describe("formatting a change", () => {
  it.each([
    [0.12, "12%"],
    [-0.034, "3.4%"],
    [33, "34×"],
  ])("%s → %s", (relative, text) => expect(formatRelative(relative)).toBe(text));
  it("moves ratios in points and money in dollars", () => {
    expect(formatAbsolute(0.02, "ratio")).toBe("2.0 pts");
    expect(formatAbsolute(-0.0042, "ratio")).toBe("0.42 pts");
    expect(formatAbsolute(-12.3, "usd")).toBe("$12.30");
  });
});
