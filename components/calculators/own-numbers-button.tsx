"use client";
import { Database } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { callApi } from "@/components/query";
import { Button } from "@/components/ui/button";
import type { OwnNumbers } from "@/lib/advisor/calculators/own-numbers";
import { DAY_MS, floorToUtcHour } from "@/lib/time";

/** Whole hours, so that the same click twice within an hour gives the same numbers. */
const PERIOD_DAYS = 30;

/** Fills the fields that own telemetry of the last 30 days can fill. */
export function OwnNumbersButton({
  calculatorId,
  onOwn,
}: {
  calculatorId: string;
  onOwn: (values: OwnNumbers["values"]) => void;
}) {
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    try {
      const to = floorToUtcHour(Date.now());
      const period = new URLSearchParams({
        from: new Date(to - PERIOD_DAYS * DAY_MS).toISOString(),
        to: new Date(to).toISOString(),
      });
      const { values } = await callApi<OwnNumbers>(`/api/v1/advisor/calculators/${calculatorId}/own?${period.toString()}`);
      const filled = Object.keys(values).length;
      if (filled === 0) {
        toast.info("There is no telemetry of the last 30 days that could fill these fields.");
        return;
      }
      onOwn(values);
      toast.success(
        `${filled === 1 ? "One field is" : `${filled} fields are`} filled from the last ${PERIOD_DAYS} days. Back undoes it.`,
      );
    } catch (error) {
      toast.error(error instanceof Error ? error.message : "Own numbers could not be read.");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="sm" variant="outline" disabled={busy} onClick={() => void ask()}>
      <Database aria-hidden /> {busy ? "Reading …" : "Use own numbers"}
    </Button>
  );
}
