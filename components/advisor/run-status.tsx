"use client";
import { RefreshCw } from "lucide-react";
import { toast } from "sonner";
import { formatAge, formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import type { FindingList, RunView } from "@/lib/advisor/findings/schemas";

export function LookNow({ busy }: { busy: boolean }) {
  const save = useSave<RunView>("/api/v1/advisor");
  const look = () =>
    save.mutate({ method: "POST", path: "/api/v1/advisor/runs" }, { onError: (error) => void toast.error(error.message) });
  return (
    <Button size="sm" variant="outline" onClick={look} disabled={busy || save.isPending}>
      <RefreshCw aria-hidden className={busy ? "animate-spin motion-reduce:animate-none" : undefined} /> Look now
    </Button>
  );
}

/** When it was looked at last, over which days, and how far the run at hand is. */
export function RunStatus({
  lastRun,
  currentRun,
  window,
  at,
}: Pick<FindingList, "lastRun" | "currentRun" | "window"> & {
  /** When the answer came, ms. */
  at: number;
}) {
  const { timeZone } = useWorkspace();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px] text-muted-foreground" role="status">
      {currentRun ? (
        <span className="flex items-center gap-2">
          <progress
            aria-label="Looking for savings"
            className="h-2 w-28 accent-primary"
            max={currentRun.total}
            value={currentRun.done}
          />
          {currentRun.status === "queued" ? "Waiting for a worker" : currentRun.step || "Looking"}
        </span>
      ) : null}
      {lastRun?.endedAt ? (
        <span title={formatInstant(lastRun.endedAt, timeZone)}>
          Looked {formatAge(Math.max(0, at - Date.parse(lastRun.endedAt)))}
        </span>
      ) : null}
      {window ? (
        <span className="tabular">
          at {formatInstant(window.from, timeZone)} – {formatInstant(window.to, timeZone)}
          {window.sampleShare < 1 ? `, request by request at ${Math.round(window.sampleShare * 100)} % of them` : ""}
        </span>
      ) : null}
    </div>
  );
}
