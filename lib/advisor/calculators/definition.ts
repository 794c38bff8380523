/**
 * What a calculator is: typed-in fields, one pure formula in two modes, and lines that come out.
 *
 * "As published" repeats the arithmetic of the article that the formula comes from, in doubles, with its roundings, month
 * bases and verdicts. "Corrected" is exact decimal arithmetic with the defects fixed; `corrections` says which, in words.
 * A calculator without `published` needs no correction: both modes are the same formula.
 */
import { Decimal } from "@/lib/money";

/** How a number is meant. `percent` is 0–100 as people type it; `ratio` is a fraction, 0.25 is 25 %. */
export type Unit =
  | "usd"
  | "count"
  | "tokens"
  | "percent"
  | "ratio"
  | "points"
  | "times"
  | "ms"
  | "minutes"
  | "hours"
  | "days"
  | "per_second"
  | "kwh"
  | "bytes";

export interface NumberField {
  kind: "number";
  label: string;
  unit: Unit;
  /** Decimal text. */
  initial: string;
  min: number;
  max: number;
  /** Whole numbers only. */
  whole?: boolean;
  hint?: string;
}

export interface ChoiceField {
  kind: "choice";
  label: string;
  options: readonly { value: string; label: string }[];
  initial: string;
  hint?: string;
}

export type Field = NumberField | ChoiceField;
export type Fields = Readonly<Record<string, Field>>;

/** Values as text, by field: what a form, an address and the API carry. */
export type Inputs = Readonly<Record<string, string>>;

type Values<F extends Fields, N> = { readonly [K in keyof F]: F[K] extends NumberField ? N : string };
/** Values of a corrected formula. */
export type Exact<F extends Fields> = Values<F, Decimal>;
/** Values of a published one: doubles, because the articles computed with them. */
export type Doubles<F extends Fields> = Values<F, number>;

export interface Line {
  id: string;
  label: string;
  unit: Unit;
  /** Exact decimal text; null: there is no such number for these inputs. */
  value: string | null;
  /** Shown large. */
  lead?: true;
}

export interface Verdict {
  /** In capitals, as the article says it, e.g. STRONG GO. */
  word: string;
  tone: "good" | "caution" | "bad" | "neutral";
  reason: string;
}

export interface Outcome {
  lines: Line[];
  verdict?: Verdict;
  /** What is to be known of these very numbers. */
  notes?: string[];
}

export interface Calculator<F extends Fields = Fields> {
  id: string;
  title: string;
  /** What it answers, one question. */
  question: string;
  group: (typeof GROUPS)[number];
  fields: F;
  corrected: (values: Exact<F>) => Outcome;
  published?: (values: Doubles<F>) => Outcome;
  /** What "corrected" fixes, or why there is nothing to fix. At least one sentence. */
  corrections: readonly string[];
  /** The field along which the chart runs, and the lines that it draws. All of one unit. */
  chart: { along: keyof F & string; lines: readonly string[] };
}

export const GROUPS = ["Requests", "GPUs", "Planning"] as const;

/** A catalogue holds calculators of different fields: their formulas are called with what their own fields read (calculate.ts). */
export function defineCalculator<const F extends Fields>(calculator: Calculator<F>): Calculator {
  return calculator as unknown as Calculator;
}

/** A line from a number of either mode. Not finite (a division by zero) is "no such number". */
export function line(id: string, label: string, unit: Unit, value: Decimal | number | null, lead?: "lead"): Line {
  const decimal = value === null ? null : new Decimal(value);
  return {
    id,
    label,
    unit,
    value: decimal?.isFinite() ? decimal.toFixed() : null,
    ...(lead ? { lead: true as const } : {}),
  };
}

export const ZERO = new Decimal(0);
export const ONE = new Decimal(1);

/** 25 → 0.25. */
export const share = (percent: Decimal): Decimal => percent.div(100);

/** A quotient, or null when there is nothing to divide by. */
export const over = (numerator: Decimal, denominator: Decimal): Decimal | null =>
  denominator.isZero() ? null : numerator.div(denominator);

/** Machines for a rate: at least one, never a part of one. */
export const machinesFor = (perSecond: Decimal, perMachine: Decimal): Decimal | null => {
  const exact = over(perSecond, perMachine);
  return exact === null ? null : Decimal.max(1, exact.ceil());
};

/** One month everywhere: 8,760 hours ÷ 12. */
export const HOURS_PER_MONTH = 730;
