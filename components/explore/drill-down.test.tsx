import { describe, expect, it } from "vitest";
import { drillDown } from "./drill-down";

describe("drillDown", () => {
  it("goes from tenant to endpoint to model to the requests", () => {
    expect(drillDown(["tenant"], new Set(["tenant"]), false)).toEqual({ to: "explore", by: ["endpoint"] });
    expect(drillDown(["endpoint"], new Set(["tenant", "endpoint"]), false)).toEqual({ to: "explore", by: ["modelServed"] });
    expect(drillDown(["modelServed"], new Set(["tenant", "endpoint", "modelServed"]), false)).toEqual({ to: "requests" });
  });
  it("starts where the question did not yet look", () => {
    expect(drillDown(["modelServed"], new Set(["modelServed"]), false)).toEqual({ to: "explore", by: ["tenant"] });
    expect(drillDown([], new Set(), false)).toEqual({ to: "explore", by: ["tenant"] });
  });
  it("skips levels that the same click fixes", () => {
    expect(drillDown(["tenant", "endpoint", "modelServed"], new Set(["tenant", "endpoint", "modelServed"]), false)).toEqual({
      to: "requests",
    });
  });
  it("ends a GPU number at the utilization page: nodes have no requests", () => {
    expect(drillDown(["pool"], new Set(["pool"]), true)).toEqual({ to: "explore", by: ["node"] });
    expect(drillDown(["node"], new Set(["pool", "node"]), true)).toEqual({ to: "utilization" });
  });
});
