"use client";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import type { EstimateView } from "@/lib/advisor/ledger/schemas";
import { estimateWords } from "./words";

/** A range for 30 days, from what it was worked out, and whose prices. */
export function EstimateFacts({ estimate }: { estimate: EstimateView }) {
  const { timeZone } = useWorkspace();
  return (
    <div className="text-[13px]">
      <p>
        <span className="text-muted-foreground">Expected in 30 days</span>{" "}
        <span className="font-medium tabular">{estimateWords(estimate)}</span>
      </p>
      <p className="break-words text-muted-foreground">{estimate.basis}</p>
      <p className="text-xs text-muted-foreground">At the prices of {formatInstant(estimate.pricesAt, timeZone)}.</p>
    </div>
  );
}
