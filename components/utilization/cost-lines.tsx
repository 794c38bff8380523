"use client";
import { formatMetricValue } from "@/components/format";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { Allocations } from "@/lib/allocation/schemas";

const WORDS = {
  "unused-commitment": "GPU-hours that are paid for and nobody ran",
  "unheld-host": "Part of a shared host that no engine holds",
} as const;

/** What the GPUs cost beside the pools; nothing where every paid hour was run. */
export function CostLines({ allocations }: { allocations: Allocations | undefined }) {
  const lines = allocations?.lines ?? [];
  const restated = allocations?.restatedHours ?? 0;
  if (!allocations || (lines.length === 0 && restated === 0 && allocations.pendingHours === 0)) return null;
  return (
    <Card role="region" aria-labelledby="gpu-cost-lines">
      <CardHeader>
        <CardTitle id="gpu-cost-lines">Beside the pools</CardTitle>
        <CardDescription>
          {restated > 0
            ? `${restated} ${restated === 1 ? "hour was" : "hours were"} allocated anew in this period because data came late or terms changed. `
            : ""}
          {allocations.pendingHours > 0 ? `${allocations.pendingHours} hours wait to be allocated. ` : ""}
          {lines.length === 0 ? "Every paid GPU-hour belongs to a pool." : ""}
        </CardDescription>
      </CardHeader>
      {lines.length > 0 ? (
        <CardContent>
          <ul className="divide-y text-[13px]">
            {lines.map((line) => (
              <li key={`${line.kind} ${line.subject}`} className="flex flex-wrap justify-between gap-x-4 py-1.5">
                <span>
                  {WORDS[line.kind]} <span className="text-muted-foreground">{line.subject}</span>
                </span>
                <span className="tabular">
                  {formatMetricValue(line.gpuHours, "hours")} · {formatMetricValue(line.usd, "usd")}
                </span>
              </li>
            ))}
          </ul>
        </CardContent>
      ) : null}
    </Card>
  );
}
