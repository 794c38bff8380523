"use client";
import { Circle, CircleAlert, CircleCheck, CircleDashed, CircleDot, CirclePause, Hand, type LucideIcon } from "lucide-react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { cn } from "@/components/ui/cn";
import { useNow } from "../use-changes";
import { countdown } from "../words";
import type { StepLook, Timeline, TimelineStep } from "./prepare-timeline";

const LOOK: Record<StepLook, { icon: LucideIcon; word: string; color: string }> = {
  done: { icon: CircleCheck, word: "done", color: "text-success" },
  current: { icon: CircleDot, word: "now", color: "text-primary" },
  paused: { icon: CirclePause, word: "paused", color: "text-warning" },
  next: { icon: Circle, word: "to come", color: "text-muted-foreground" },
  harmed: { icon: CircleAlert, word: "stopped here", color: "text-destructive" },
  left_out: { icon: CircleDashed, word: "not begun", color: "text-muted-foreground" },
};

/** The way of a change, step by step, with what it waits for. */
export function StepTimeline({ timeline }: { timeline: Timeline }) {
  const { timeZone } = useWorkspace();
  return (
    <div className="flex flex-col gap-3">
      {timeline.pauses.length > 0 ? (
        <div role="status" className="rounded-md border border-warning/40 bg-warning-muted px-3 py-2 text-[13px]">
          <p className="font-medium">It stands still.</p>
          <ul className="list-disc pl-4">
            {timeline.pauses.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
          {timeline.standsStillSince === null ? null : (
            <p className="mt-1 text-xs text-muted-foreground">Since {formatInstant(timeline.standsStillSince, timeZone)}</p>
          )}
        </div>
      ) : null}
      <ol aria-label="Steps" className="flex flex-col">
        {timeline.steps.map((step, index) => (
          <Step key={step.key} step={step} last={index === timeline.steps.length - 1} />
        ))}
      </ol>
    </div>
  );
}

function Step({ step, last }: { step: TimelineStep; last: boolean }) {
  const { icon: Icon, word, color } = LOOK[step.look];
  const now = step.look === "current" || step.look === "paused";
  return (
    <li aria-current={now ? "step" : undefined} className="grid grid-cols-[1.25rem_minmax(0,1fr)] gap-x-2.5">
      <div className="flex flex-col items-center">
        <Icon aria-hidden className={cn("mt-0.5 size-4.5 shrink-0", color)} />
        {last ? null : <span aria-hidden className="my-1 w-px flex-1 bg-border-strong" />}
      </div>
      <div className={cn("min-w-0 text-[13px]", last ? "" : "pb-3")}>
        <p
          className={cn(
            "flex flex-wrap items-baseline gap-x-2",
            now && "font-semibold",
            step.look === "left_out" && "text-muted-foreground",
          )}
        >
          <span>{step.title}</span>
          <span className="sr-only">({word})</span>
          {step.asks ? (
            <span className="inline-flex items-center gap-1 text-xs font-normal text-muted-foreground">
              <Hand aria-hidden className="size-3.5" /> asks first
            </span>
          ) : null}
        </p>
        {step.look === "left_out" ? null : <p className="break-words text-muted-foreground">{step.note}</p>}
        {step.until ? <Countdown {...step.until} /> : null}
      </div>
    </li>
  );
}

function Countdown({ at, label }: { at: number; label: string }) {
  const left = at - useNow();
  return (
    <p className="text-xs text-muted-foreground">
      {left > 0 ? (
        <>
          <span className="font-medium text-foreground tabular">{countdown(left)}</span> {label}
        </>
      ) : (
        "any moment now"
      )}
    </p>
  );
}
