import { describe, expect, it } from "vitest";
import { pivotRows } from "./pivot";

const row = (tenant: string, modelServed: string, value: string) => ({ bucket: null, tenant, modelServed, cost_usd: { value } });

describe("pivotRows", () => {
  it("puts the last dimension across, the most expensive first", () => {
    const pivot = pivotRows(
      [row("acme", "small", "1"), row("acme", "large", "9"), row("globex", "small", "3")],
      ["tenant", "modelServed"],
      "cost_usd",
    );
    expect(pivot.columns).toEqual(["large", "small"]);
    expect(pivot.rows.map(({ keys, cells }) => [keys, cells.get("large")?.value, cells.get("small")?.value])).toEqual([
      [["acme"], "9", "1"],
      [["globex"], undefined, "3"],
    ]);
  });
  it("needs a dimension", () => {
    expect(pivotRows([row("acme", "small", "1")], [], "cost_usd")).toEqual({ columns: [], rows: [] });
  });
});
