import { csvCell } from "@/lib/telemetry/requests/csv";
import type { Calculation } from "./calculate";
import type { Calculator } from "./definition";

/** Inputs, then every line of both modes (RFC 4180). Exact decimal text; an empty cell is "no such number". Pure. */
export function calculationCsv({ fields }: Calculator, { inputs, published, corrected }: Calculation): string {
  const rows = [
    ["kind", "id", "label", "unit", "as published", "corrected"],
    ...Object.entries(fields).map(([id, field]) => [
      "input",
      id,
      field.label,
      field.kind === "number" ? field.unit : "choice",
      inputs[id]!,
      inputs[id]!,
    ]),
    ...corrected.lines.map(({ id, label, unit, value }) => [
      "result",
      id,
      label,
      unit,
      published.lines.find((line) => line.id === id)?.value ?? "",
      value ?? "",
    ]),
    ["verdict", "", "", "", published.verdict?.word ?? "", corrected.verdict?.word ?? ""],
  ];
  const numbers = /^-?\d+(\.\d+)?$/;
  return rows.map((cells) => `${cells.map((cell) => (numbers.test(cell) ? cell : csvCell(cell))).join(",")}\r\n`).join("");
}
