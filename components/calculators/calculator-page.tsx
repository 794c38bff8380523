"use client";
import { ArrowLeft, Download, Gauge, RotateCcw } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { downloadCsv } from "@/components/table/csv";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { Segmented } from "@/components/ui/segmented";
import { CALCULATORS } from "@/lib/advisor/calculators/catalogue";
import type { OwnNumbers } from "@/lib/advisor/calculators/own-numbers";
import { calculationCsv } from "@/lib/advisor/calculators/to-csv";
import { DifferenceCard } from "./difference-card";
import { InputForm } from "./input-form";
import { OutcomeCard } from "./outcome-card";
import { OwnNumbersButton } from "./own-numbers-button";
import { SweepCard } from "./sweep-card";
import { useCalculator } from "./use-calculator";

const MODE_OPTIONS = [
  { value: "corrected", label: "Corrected" },
  { value: "published", label: "As published" },
] as const;

/** One calculator: fields, result, chart, and how the published arithmetic differs. */
export function CalculatorPage({ id }: { id: string }) {
  const calculator = CALCULATORS.get(id)!;
  const state = useCalculator(calculator);
  const [own, setOwn] = useState<OwnNumbers["values"]>({});
  const { calculation, mode } = state;
  const useOwn = (values: OwnNumbers["values"]) => {
    setOwn(values);
    state.setInputs(Object.fromEntries(Object.entries(values).map(([field, { value }]) => [field, value])));
  };
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <Link
            href="/advisor/calculators"
            className="inline-flex min-h-6 items-center gap-1 text-[13px] text-muted-foreground hover:text-foreground"
          >
            <ArrowLeft aria-hidden className="size-3.5" /> All calculators
          </Link>
          <h2 className="text-lg font-semibold tracking-tight">{calculator.title}</h2>
          <p className="max-w-2xl text-[13px] text-muted-foreground">{calculator.question}</p>
        </div>
        <div className="flex flex-wrap items-center gap-2" data-print="hidden">
          <Segmented label="Arithmetic" options={MODE_OPTIONS} value={mode} onChange={state.setMode} />
          <CopyButton value={() => window.location.href} label="Copy link to this calculation" />
          <Button
            size="sm"
            variant="outline"
            disabled={!calculation}
            onClick={() => (calculation ? downloadCsv(`headroom-${id}`, calculationCsv(calculator, calculation)) : undefined)}
          >
            <Download aria-hidden /> CSV
          </Button>
        </div>
      </div>
      <div className="grid min-w-0 gap-4 xl:grid-cols-[22rem_minmax(0,1fr)]">
        <Card role="region" aria-label="Numbers" className="self-start">
          <CardHeader>
            <CardTitle>Numbers</CardTitle>
          </CardHeader>
          <CardContent className="flex flex-col gap-4">
            <div className="flex flex-wrap gap-2">
              <OwnNumbersButton calculatorId={id} onOwn={useOwn} />
              <Button size="sm" variant="ghost" onClick={state.reset}>
                <RotateCcw aria-hidden /> Reset
              </Button>
              {id === "latency-benchmark" ? (
                <Button asChild size="sm" variant="outline">
                  <Link href="/advisor/benchmarks">
                    <Gauge aria-hidden /> Measure an endpoint
                  </Link>
                </Button>
              ) : null}
            </div>
            <InputForm calculator={calculator} state={state} own={own} />
          </CardContent>
        </Card>
        <div className="flex min-w-0 flex-col gap-4">
          {calculation ? (
            <>
              <OutcomeCard outcome={calculation[mode]} mode={mode} />
              <SweepCard calculator={calculator} inputs={calculation.inputs} mode={mode} />
            </>
          ) : (
            <Card role="region" aria-label="Result">
              <CardContent>
                <p className="py-6 text-center text-sm text-muted-foreground">
                  One of the numbers cannot be right. Its field says what is wrong.
                </p>
              </CardContent>
            </Card>
          )}
          <DifferenceCard calculator={calculator} calculation={calculation} />
        </div>
      </div>
    </>
  );
}
