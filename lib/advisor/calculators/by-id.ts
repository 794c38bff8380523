/** Calculators as the API offers them: by id, refusing in words. */
import { AppError } from "@/lib/http";
import { calculate, readInputs, type Calculation } from "./calculate";
import { CALCULATORS } from "./catalogue";
import type { Calculator } from "./definition";

export interface CalculatorView {
  id: string;
  title: string;
  question: string;
  group: string;
  fields: ({ id: string } & Calculator["fields"][string])[];
  /** False: the published formula needs no correction, both modes are the same. */
  differs: boolean;
  corrections: readonly string[];
}

export const listCalculators = (): CalculatorView[] =>
  [...CALCULATORS.values()].map(({ id, title, question, group, fields, published, corrections }) => ({
    id,
    title,
    question,
    group,
    fields: Object.entries(fields).map(([field, definition]) => ({ id: field, ...definition })),
    differs: published !== undefined,
    corrections,
  }));

export function findCalculator(id: string): Calculator {
  const calculator = CALCULATORS.get(id);
  if (!calculator) {
    throw new AppError("not_found", `There is no calculator "${id}". There are: ${[...CALCULATORS.keys()].join(", ")}.`);
  }
  return calculator;
}

/** Throws `not_found` for the id and `invalid` with one problem for each field. */
export function calculateById(id: string, given: Readonly<Record<string, string>>): Calculation {
  const calculator = findCalculator(id);
  const { inputs, errors } = readInputs(calculator, given);
  const problems = Object.entries(errors).map(([field, message]) => ({ field: `inputs.${field}`, message }));
  const [first] = problems;
  if (first) throw new AppError("invalid", `${first.field}: ${first.message}`, { field: first.field, problems });
  return calculate(calculator, inputs);
}
