"use client";
import { parseAsString, parseAsStringLiteral, useQueryStates, type inferParserType } from "nuqs";
import { useMemo } from "react";
import { useFilters } from "@/components/filters/use-filters";

/** In the address: `?state=open`. */
export const LETTER_STATES = ["all", "open", "replayed"] as const;

const optionParsers = {
  state: parseAsStringLiteral(LETTER_STATES).withDefault("all"),
  code: parseAsString,
  source: parseAsString,
  /** The letter that is open. */
  letter: parseAsString,
};

export type LetterOptions = inferParserType<typeof optionParsers>;
/** null puts the default back. */
export type SetLetterOptions = (changes: { [K in keyof LetterOptions]?: LetterOptions[K] | null }) => Promise<unknown>;

/** The address bar → what the API is asked. The range and the tenants are those of every other page. */
export function useLetterFilter() {
  const { from, to, live, values, setRange } = useFilters();
  const [options, setOptions] = useQueryStates(optionParsers, { history: "push" });
  const { state, code, source } = options;
  const search = useMemo(() => {
    const params = new URLSearchParams({ from, to, state });
    if (code) params.set("code", code);
    if (source) params.set("source", source);
    for (const tenant of values.tenant ?? []) params.append("tenant", tenant);
    return params.toString();
  }, [from, to, state, code, source, values.tenant]);
  return { options, setOptions, search, live, setRange };
}
