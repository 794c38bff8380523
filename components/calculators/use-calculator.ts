"use client";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { calculate, MODES, readInputs, type Calculation, type InputErrors, type Mode } from "@/lib/advisor/calculators/calculate";
import type { Calculator, Inputs } from "@/lib/advisor/calculators/definition";

export interface CalculatorState {
  mode: Mode;
  inputs: Inputs;
  errors: InputErrors;
  /** Null while a field is wrong. */
  calculation: Calculation | null;
  setMode: (mode: Mode) => void;
  setInput: (field: string, value: string) => void;
  /** Several fields in one step, so that Back undoes it. */
  setInputs: (values: Readonly<Record<string, string>>) => void;
  reset: () => void;
}

/** Inputs and mode live in the address: the link is the calculation. Initial values stay out of it. */
export function useCalculator(calculator: Calculator): CalculatorState {
  const parsers = useMemo(
    () =>
      Object.fromEntries(Object.entries(calculator.fields).map(([id, field]) => [id, parseAsString.withDefault(field.initial)])),
    [calculator],
  );
  const [given, setGiven] = useQueryStates(parsers, { history: "replace", throttleMs: 250 });
  const [{ mode }, setMode] = useQueryStates({ mode: parseAsStringLiteral(MODES).withDefault("corrected") });
  return useMemo(() => {
    const { inputs, errors } = readInputs(calculator, given);
    return {
      mode,
      inputs,
      errors,
      calculation: Object.keys(errors).length === 0 ? calculate(calculator, inputs) : null,
      setMode: (next) => void setMode({ mode: next }),
      setInput: (field, value) => void setGiven({ [field]: value }),
      setInputs: (values) => void setGiven({ ...values }, { history: "push" }),
      reset: () => void setGiven(null, { history: "push" }),
    };
  }, [calculator, given, mode, setGiven, setMode]);
}
