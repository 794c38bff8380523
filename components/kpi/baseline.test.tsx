import { expect, it } from "vitest";
import { baselineIncomplete } from "./baseline";

const rows = (compared: (string | null)[]) =>
  compared.map((value, day) => ({ bucket: `2026-11-${10 + day}T00:00:00.000Z`, cost_usd: { value: "1", compare: { value } } }));

it("sees a comparison period that began without data", () => {
  expect(baselineIncomplete(rows([null, null, "1", "1"]), "cost_usd")).toBe(true);
});
it("tolerates a quiet bucket in ten", () => {
  expect(baselineIncomplete(rows([null, ...Array<string>(9).fill("1")]), "cost_usd")).toBe(false);
});
it("says nothing where no comparison was asked for", () => {
  expect(baselineIncomplete([{ bucket: "2026-11-10T00:00:00.000Z", cost_usd: { value: "1" } }], "cost_usd")).toBe(false);
});
