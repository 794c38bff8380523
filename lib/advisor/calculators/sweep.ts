/** The chart of a calculator: its lines as one field runs. Pure. */
import { Decimal } from "@/lib/money";
import { runMode, type Mode } from "./calculate";
import type { Calculator, Inputs, Line, NumberField } from "./definition";

export interface Sweep {
  field: NumberField;
  unit: Line["unit"];
  series: { id: string; label: string }[];
  /** `x` is the value of the field, `values` those of the lines. */
  points: { x: number; values: (number | null)[] }[];
  /** Where the inputs stand. */
  current: number;
}

const POINTS = 41;

/** A percentage runs over all of 0–100, anything else from 0 to twice what was given, inside the field's limits. */
export function sweep(calculator: Calculator, inputs: Inputs, mode: Mode): Sweep {
  const { along, lines } = calculator.chart;
  const field = calculator.fields[along] as NumberField;
  const current = Number(inputs[along]);
  const from = field.unit === "percent" ? 0 : Math.max(field.min, 0);
  const to = field.unit === "percent" ? 100 : Math.min(field.max, Math.max(current * 2, from + 1));
  const points: Sweep["points"] = [];
  let named: Line[] = [];
  for (let index = 0; index < POINTS; index++) {
    const exact = new Decimal(to)
      .sub(from)
      .mul(index)
      .div(POINTS - 1)
      .add(from)
      .toDecimalPlaces(field.whole ? 0 : 9);
    if (points.at(-1)?.x === exact.toNumber()) continue;
    const outcome = runMode(calculator, { ...inputs, [along]: exact.toFixed() }, mode);
    named = lines.flatMap((id) => outcome.lines.find((line) => line.id === id) ?? []);
    points.push({ x: exact.toNumber(), values: named.map(({ value }) => (value === null ? null : Number(value))) });
  }
  return { field, unit: named[0]!.unit, series: named.map(({ id, label }) => ({ id, label })), points, current };
}
