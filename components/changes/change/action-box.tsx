"use client";
import { Check, CircleAlert, OctagonX, Pause, Play, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import type { ApiError } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { notify } from "@/components/ui/notify";
import type { ChangeView, RolloutView } from "@/lib/changes/schemas";
import { StatusBadge } from "../status-badge";
import { CHANGES_PATH, ROLLOUTS_PATH } from "../use-changes";
import { ActionDialog } from "./action-dialog";
import {
  prepareActions,
  prepareCommands,
  standingOf,
  type ActionKind,
  type ActionLine,
  type CommandKind,
} from "./prepare-actions";

const DONE: Partial<Record<ActionKind, string>> = {
  submit: "Submitted for review.",
  approve: "Approved.",
  ask_changes: "Changes were asked for.",
  reject: "Rejected.",
  start: "The rollout begins.",
  schedule: "Scheduled.",
  resume: "Scheduled again.",
  cancel: "Cancelled.",
  break_glass: "It begins. A review is owed.",
  review: "The review is closed.",
};

/** At once; the others ask for words first. */
const BARE: ReadonlySet<ActionKind> = new Set(["submit", "resume"]);

/** Where it stands, what may be done about it, and what exactly is missing for the rest. */
export function ActionBox({
  change,
  rollout,
  className,
}: {
  change: ChangeView;
  rollout: RolloutView | undefined;
  className?: string;
}) {
  const router = useRouter();
  const { timeZone, user } = useWorkspace();
  const [asked, setAsked] = useState<ActionKind | null>(null);
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const save = useSave(CHANGES_PATH, ROLLOUTS_PATH);
  const lines = prepareActions(change);
  const path = `${CHANGES_PATH}/${change.id}/actions`;
  const run = (body: Record<string, unknown> & { kind: ActionKind }) =>
    save.mutateAsync(
      { method: "POST", path, body: { contentHash: change.contentHash, ...body } },
      {
        onSuccess: () => {
          setRefusal(null);
          setAsked(null);
          void notify("success", DONE[body.kind] ?? "Done.");
        },
        onError: setRefusal,
      },
    );
  const choose = (kind: ActionKind) => {
    setRefusal(null);
    if (kind === "edit") router.push(`/changes/new?change=${change.id}`);
    else if (BARE.has(kind)) void run({ kind }).catch(() => undefined);
    else setAsked(kind);
  };
  const isLead = user.role === "lead" || user.role === "admin";
  return (
    <section aria-label="What can be done" className={cn("rounded-lg border bg-card shadow-card", className)}>
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1 border-b px-4 py-3">
        <StatusBadge status={change.status} />
        {change.approvals.quorum > 0 && change.status !== "draft" ? (
          <span className="text-[13px] text-muted-foreground">
            {change.approvals.counting} of {change.approvals.quorum} approvals
          </span>
        ) : null}
      </div>
      <div className="flex flex-col gap-3 px-4 py-3">
        <p className="text-[13px] break-words" role="status">
          {standingOf(change, rollout?.state ?? null)}
          {change.status === "scheduled" && change.schedule ? (
            <span className="block font-medium">{formatInstant(change.schedule.at, timeZone)}</span>
          ) : null}
        </p>
        {rollout && change.status === "executing" ? <Commands rollout={rollout} isLead={isLead} /> : null}
        {lines.length > 0 ? <Lines lines={lines} busy={save.isPending} onChoose={choose} /> : null}
        {refusal && asked === null ? (
          <p role="alert" className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px] break-words">
            {refusal.message}
          </p>
        ) : null}
      </div>
      {asked === null ? null : (
        <ActionDialog
          key={asked}
          kind={asked}
          change={change}
          busy={save.isPending}
          refusal={refusal}
          onRun={(body) => void run(body).catch(() => undefined)}
          onClose={() => setAsked(null)}
        />
      )}
    </section>
  );
}

function Lines({ lines, busy, onChoose }: { lines: readonly ActionLine[]; busy: boolean; onChoose: (kind: ActionKind) => void }) {
  const missing = lines.filter(({ allowed }) => !allowed);
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {lines.map(({ kind, label, variant, allowed }) => (
          <Button
            key={kind}
            variant={variant}
            size={variant === "default" ? "default" : "sm"}
            disabled={!allowed || busy}
            aria-describedby={allowed ? undefined : `missing-${kind}`}
            className={cn(variant === "default" && "max-sm:w-full", kind === "break_glass" && "text-destructive")}
            onClick={() => onChoose(kind)}
          >
            {kind === "approve" ? (
              <Check aria-hidden />
            ) : kind === "reject" ? (
              <X aria-hidden />
            ) : kind === "start" ? (
              <Play aria-hidden />
            ) : null}
            {label}
          </Button>
        ))}
      </div>
      {missing.length > 0 ? (
        <ul aria-label="What is missing" className="flex flex-col gap-1 text-[13px]">
          {missing.map(({ kind, label, why }) => (
            <li key={kind} id={`missing-${kind}`} className="flex gap-2">
              <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
              <span className="min-w-0 break-words">
                <span className="font-medium">{label}:</span> <span className="text-muted-foreground">{why}</span>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

const ORDERED: Record<CommandKind, string> = {
  abort: "It goes back to what ran before.",
  pause: "It stands still at the next tick.",
  resume: "It goes on.",
  promote: "It goes on.",
};

/** Orders to the controller, which takes them within seconds. Abort is one click and a confirmation. */
function Commands({ rollout, isLead }: { rollout: RolloutView; isLead: boolean }) {
  const save = useSave(ROLLOUTS_PATH, CHANGES_PATH);
  const order = (kind: CommandKind) =>
    save.mutateAsync(
      { method: "POST", path: `${ROLLOUTS_PATH}/${rollout.id}/commands`, body: { kind } },
      { onSuccess: () => void notify("success", ORDERED[kind]), onError: (error) => void notify("error", error.message) },
    );
  const lines = prepareCommands(rollout.state, isLead);
  const reasons = new Set(lines.flatMap(({ kind, why }) => (why !== null && kind !== "promote" ? [why] : [])));
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {lines.map(({ kind, label, allowed, why }) => {
          if (kind === "abort") {
            return (
              <ConfirmDialog
                key={kind}
                trigger={
                  <Button variant="destructive" disabled={!allowed} className="max-sm:w-full">
                    <OctagonX aria-hidden /> {label}
                  </Button>
                }
                title="Abort this rollout?"
                consequence="Every target goes back to exactly what it ran before. This needs no approval and cannot be undone; the change can be drafted again."
                confirm="Abort rollout"
                onConfirm={() => order("abort")}
              />
            );
          }
          if (kind === "promote" && !allowed) return null;
          return (
            <Button
              key={kind}
              variant={kind === "promote" ? "default" : "outline"}
              disabled={!allowed || save.isPending}
              title={why ?? undefined}
              onClick={() => void order(kind).catch(() => undefined)}
            >
              {kind === "pause" ? <Pause aria-hidden /> : <Play aria-hidden />} {label}
            </Button>
          );
        })}
      </div>
      {[...reasons].map((why) => (
        <p key={why} className="text-[13px] text-muted-foreground">
          {why}
        </p>
      ))}
    </div>
  );
}
