"use client";
import { parseAsString, useQueryState } from "nuqs";
import { useMinute } from "@/components/filters/now";
import { useWorkspace } from "@/components/layout/workspace";
import { monthIn } from "./words";

export interface ChosenMonth {
  month: string;
  /** The month that goes on: there is nothing after it. */
  current: string;
  setMonth: (month: string) => void;
}

/** The month in the address bar; without one, the month that goes on in the workspace zone. */
export function useMonth(): ChosenMonth {
  const { timeZone } = useWorkspace();
  const minute = useMinute();
  const current = monthIn(timeZone, new Date(minute));
  const [chosen, setChosen] = useQueryState("month", parseAsString.withOptions({ history: "push" }));
  const month = chosen && /^\d{4}-(0[1-9]|1[0-2])$/.test(chosen) ? chosen : current;
  return { month, current, setMonth: (next) => void setChosen(next === current ? null : next) };
}
