/** Runs a calculator on text that somebody typed, in both modes. Pure: the page and the API give the same answer. */
import { z } from "zod";
import { Decimal } from "@/lib/money";
import type { Calculator, Field, Inputs, Line, Outcome, Verdict } from "./definition";

export const MODES = ["corrected", "published"] as const;
export type Mode = (typeof MODES)[number];

/** What a number may look like: no exponent, no thousands separators. */
const DECIMAL_TEXT = /^-?\d{1,18}(\.\d{1,12})?$/;

/** Field → what is wrong with it. Empty: all is well. */
export type InputErrors = Record<string, string>;

export interface Calculation {
  /** With what was not given filled in. */
  inputs: Inputs;
  corrected: Outcome;
  published: Outcome;
  /** Lines and verdicts in which the two modes differ. */
  differences: { label: string; published: string | null; corrected: string | null; unit: Line["unit"] | "verdict" }[];
}

/** `initial` values where nothing was given; unknown fields are errors, like values that make no sense. */
export function readInputs(
  { fields }: Calculator,
  given: Readonly<Record<string, string>>,
): { inputs: Inputs; errors: InputErrors } {
  const errors: InputErrors = {};
  for (const id of Object.keys(given)) {
    if (!Object.hasOwn(fields, id)) errors[id] = `There is no field "${id}". Fields: ${Object.keys(fields).join(", ")}.`;
  }
  const inputs = Object.fromEntries(
    Object.entries(fields).map(([id, field]) => {
      const text = (given[id] ?? field.initial).trim();
      const wrong = wrongWith(field, text);
      if (wrong) errors[id] = wrong;
      return [id, text];
    }),
  );
  return { inputs, errors };
}

function wrongWith(field: Field, text: string): string | undefined {
  if (field.kind === "choice") {
    const values = field.options.map((option) => option.value);
    return values.includes(text) ? undefined : `One of ${values.join(", ")}.`;
  }
  if (!DECIMAL_TEXT.test(text)) return "A number, for example 12.5.";
  const value = Number(text);
  if (value < field.min || value > field.max) return `Between ${field.min} and ${field.max.toLocaleString("en-US")}.`;
  if (field.whole && !Number.isInteger(value)) return "A whole number.";
  return undefined;
}

/** Of inputs without errors. */
export function calculate(calculator: Calculator, inputs: Inputs): Calculation {
  const corrected = runMode(calculator, inputs, "corrected");
  const published = calculator.published ? runMode(calculator, inputs, "published") : corrected;
  return { inputs, corrected, published, differences: differencesOf(published, corrected) };
}

export function runMode(calculator: Calculator, inputs: Inputs, mode: Mode): Outcome {
  const read = <N>(number: (text: string) => N) =>
    Object.fromEntries(
      Object.entries(calculator.fields).map(([id, field]) => [id, field.kind === "number" ? number(inputs[id]!) : inputs[id]!]),
    ) as never;
  return mode === "published" && calculator.published
    ? calculator.published(read(Number))
    : calculator.corrected(read((text) => new Decimal(text)));
}

function differencesOf(published: Outcome, corrected: Outcome): Calculation["differences"] {
  const differences: Calculation["differences"] = [];
  const word = (verdict: Verdict | undefined) => verdict?.word ?? null;
  if (word(published.verdict) !== word(corrected.verdict)) {
    differences.push({
      label: "Verdict",
      unit: "verdict",
      published: word(published.verdict),
      corrected: word(corrected.verdict),
    });
  }
  const known = new Map(published.lines.map((line) => [line.id, line]));
  for (const { id, label, unit, value } of corrected.lines) {
    const other = known.get(id);
    if (other && !sameValue(other.value, value)) differences.push({ label, unit, published: other.value, corrected: value });
  }
  return differences;
}

/** Doubles and decimals of one number differ in the sixteenth digit: that is no difference to anybody. */
function sameValue(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  const [x, y] = [new Decimal(a), new Decimal(b)];
  return x.sub(y).abs().lte(Decimal.max(x.abs(), y.abs()).mul("1e-12"));
}

export const calculateSchema = z.strictObject({
  inputs: z
    .record(z.string().max(60), z.string().max(40))
    .default({})
    .describe("Field → decimal text. Absent: its initial value"),
});
