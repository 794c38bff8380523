"use client";
import { CircleCheck, CircleSlash, Flame, LoaderCircle, Undo2, type LucideIcon } from "lucide-react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { cn } from "@/components/ui/cn";
import type { TargetAttempt } from "@/lib/fleet/schemas";
import type { AttemptStatus } from "@/lib/protocol/sync";
import { ATTEMPT_LABEL, shortHash } from "../words";
import { SectionCard } from "./section-card";

const LOOKS: Record<AttemptStatus, { icon: LucideIcon; className: string }> = {
  applying: { icon: LoaderCircle, className: "bg-accent text-accent-foreground" },
  warming: { icon: Flame, className: "bg-accent text-accent-foreground" },
  applied: { icon: CircleCheck, className: "bg-success-muted text-success" },
  refused: { icon: CircleSlash, className: "bg-destructive-muted text-destructive" },
  failed: { icon: Undo2, className: "bg-destructive-muted text-destructive" },
};

/** Each try of the target with what it said last of it, the newest first. */
export function AttemptsCard({ attempts }: { attempts: readonly TargetAttempt[] }) {
  const { timeZone } = useWorkspace();
  return (
    <SectionCard title="Attempts" description="What it said last of each try to apply an order, newest first.">
      {attempts.length === 0 ? (
        <p className="text-[13px] text-muted-foreground">It has not tried anything yet.</p>
      ) : (
        <ol className="flex flex-col" aria-label="Attempts, newest first">
          {attempts.map((attempt, index) => {
            const { icon: Icon, className } = LOOKS[attempt.status];
            return (
              <li
                key={`${attempt.generation}.${attempt.attempt}`}
                className="relative grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 pb-4 text-[13px] last:pb-0"
              >
                {index < attempts.length - 1 ? (
                  <span aria-hidden className="absolute top-7 bottom-0 left-[13px] w-px bg-border-strong" />
                ) : null}
                <span aria-hidden className={cn("grid size-7 place-items-center rounded-full", className)}>
                  <Icon className="size-4" />
                </span>
                <div className="min-w-0 pt-1">
                  <p className="flex flex-wrap items-baseline gap-x-2">
                    <span className="font-medium">
                      {ATTEMPT_LABEL[attempt.status]}: generation {attempt.generation}
                    </span>
                    <span className="text-xs text-muted-foreground">
                      try {attempt.attempt}, <code className="font-mono">{shortHash(attempt.hash)}</code>,{" "}
                      {formatInstant(attempt.at, timeZone, { seconds: true })}
                    </span>
                  </p>
                  {attempt.error ? (
                    <p className="mt-0.5 break-words whitespace-pre-line text-destructive">{attempt.error}</p>
                  ) : null}
                </div>
              </li>
            );
          })}
        </ol>
      )}
    </SectionCard>
  );
}
