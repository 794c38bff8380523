/** Fields that several calculators ask for, with one wording. */
import type { ChoiceField, NumberField, Unit } from "./definition";

const number = (label: string, unit: Unit, initial: string, max: number, more: Partial<NumberField> = {}): NumberField => ({
  kind: "number",
  label,
  unit,
  initial,
  min: 0,
  max,
  ...more,
});

export const usd = (label: string, initial: string, hint?: string) =>
  number(label, "usd", initial, 1e9, hint === undefined ? {} : { hint });
export const percent = (label: string, initial: string, hint?: string) =>
  number(label, "percent", initial, 100, hint === undefined ? {} : { hint });
export const count = (label: string, initial: string, more: Partial<NumberField> = {}) =>
  number(label, "count", initial, 1e15, { whole: true, ...more });
export const tokens = (label: string, initial: string, hint?: string) =>
  number(label, "tokens", initial, 1e12, hint === undefined ? {} : { hint });
export const perSecond = (label: string, initial: string, hint?: string) =>
  number(label, "per_second", initial, 1e9, { min: 0.001, ...(hint === undefined ? {} : { hint }) });
export const ms = (label: string, initial: string, hint?: string) =>
  number(label, "ms", initial, 1e7, hint === undefined ? {} : { hint });
export const minutes = (label: string, initial: string) => number(label, "minutes", initial, 1e5);
export const hours = (label: string, initial: string, hint?: string) =>
  number(label, "hours", initial, 1e5, hint === undefined ? {} : { hint });
export const times = (label: string, initial: string, more: Partial<NumberField> = {}) =>
  number(label, "times", initial, 1_000, more);
/** A quality between 0 and 1, such as a task's success rate. */
export const quality = (label: string, initial: string) => number(label, "ratio", initial, 1);
export const choice = (label: string, options: ChoiceField["options"], initial: string): ChoiceField => ({
  kind: "choice",
  label,
  options,
  initial,
});
