"use client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import type { ChosenMonth } from "./use-month";
import { monthLabel, moveMonth } from "./words";

const MONTHS_SHOWN = 25;

/** One month back, one forward, or any of the last two years. */
export function MonthPicker({ month, current, setMonth }: ChosenMonth) {
  const recent = Array.from({ length: MONTHS_SHOWN }, (_, back) => moveMonth(current, -back));
  const options = recent.includes(month) ? recent : [...recent, month];
  return (
    <div className="flex items-center gap-1" data-print="hidden">
      <Button size="icon" variant="outline" aria-label="Month before" onClick={() => setMonth(moveMonth(month, -1))}>
        <ChevronLeft />
      </Button>
      <Select value={month} onValueChange={setMonth}>
        <SelectTrigger size="sm" aria-label="Month" className="w-44">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          {options.map((value) => (
            <SelectItem key={value} value={value}>
              {monthLabel(value)}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      <Button
        size="icon"
        variant="outline"
        aria-label="Month after"
        disabled={month >= current}
        onClick={() => setMonth(moveMonth(month, 1))}
      >
        <ChevronRight />
      </Button>
    </div>
  );
}
