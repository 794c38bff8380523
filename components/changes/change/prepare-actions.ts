/** What the reader may do now, in order of weight, and what exactly is missing for the rest. Pure. */
import type { ChangeStatus } from "@/lib/changes/request/machine";
import { isLive, type RolloutState } from "@/lib/changes/rollout/state";
import type { ChangeView, RolloutView } from "@/lib/changes/schemas";

export type ActionKind = ChangeView["actions"][number]["kind"];
export type CommandKind = RolloutView["commands"][number]["kind"] & ("pause" | "resume" | "promote" | "abort");

export interface ActionLine {
  kind: ActionKind;
  label: string;
  variant: "default" | "outline" | "destructive" | "ghost";
  allowed: boolean;
  /** Why not; null when allowed. */
  why: string | null;
}

export interface CommandLine {
  kind: CommandKind;
  label: string;
  allowed: boolean;
  why: string | null;
}

const LABEL: Record<ActionKind, Pick<ActionLine, "label" | "variant">> = {
  submit: { label: "Submit for review", variant: "default" },
  approve: { label: "Approve", variant: "default" },
  ask_changes: { label: "Ask for changes", variant: "outline" },
  reject: { label: "Reject", variant: "outline" },
  start: { label: "Start rollout", variant: "default" },
  schedule: { label: "Schedule", variant: "outline" },
  resume: { label: "Resume", variant: "default" },
  review: { label: "Close the review", variant: "default" },
  edit: { label: "Edit", variant: "outline" },
  cancel: { label: "Cancel change", variant: "ghost" },
  break_glass: { label: "Break the glass", variant: "ghost" },
};

/** What makes sense to offer where it stands, heaviest first. */
const OFFERED: Partial<Record<ChangeStatus, readonly ActionKind[]>> = {
  draft: ["submit", "edit", "cancel", "break_glass"],
  in_review: ["approve", "ask_changes", "reject", "edit", "cancel"],
  approved: ["start", "schedule", "edit", "cancel"],
  scheduled: ["start", "edit", "cancel"],
  suspended: ["resume", "edit", "cancel"],
};

/** What a person without the permission need not even read about. */
const SILENT: ReadonlySet<ActionKind> = new Set(["break_glass"]);

export function prepareActions(change: Pick<ChangeView, "status" | "flags" | "actions">): ActionLine[] {
  const offered = [...(change.flags.reviewOwed ? (["review"] as const) : []), ...(OFFERED[change.status] ?? [])];
  return offered.flatMap((kind) => {
    const said = change.actions.find((action) => action.kind === kind);
    if (!said || (!said.allowed && SILENT.has(kind))) return [];
    return [{ kind, ...LABEL[kind], allowed: said.allowed, why: said.allowed ? null : said.why }];
  });
}

/** Where it stands and what comes next, in a sentence. */
export function standingOf(
  change: Pick<ChangeView, "status" | "statusReason" | "approvals" | "flags" | "preview" | "schedule">,
  rollout: Pick<RolloutState, "reason"> | null,
): string {
  const missing = change.approvals.quorum - change.approvals.counting;
  switch (change.status) {
    case "draft":
      return change.preview.problems.length > 0
        ? `${change.preview.problems.length === 1 ? "One thing keeps" : `${change.preview.problems.length} things keep`} it from being submitted.`
        : "Ready to be submitted for review.";
    case "in_review":
      return `${missing} more ${missing === 1 ? "approval is" : "approvals are"} needed, by somebody who did not work on it.`;
    case "approved":
      return change.flags.frozen
        ? "Approved; it cannot start while changes are frozen."
        : "Approved. It can be started or scheduled.";
    case "scheduled":
      return "It starts by itself at its time, if every gate is still open then.";
    case "executing":
      return rollout?.reason ?? "It is being rolled out.";
    default:
      return change.statusReason ?? rollout?.reason ?? DONE[change.status] ?? "";
  }
}

const DONE: Partial<Record<ChangeStatus, string>> = {
  suspended: "A gate was closed at its time.",
  promoted: "It is what everybody runs.",
  rolled_back: "Everybody is back on what ran before.",
  failed_preflight: "A gate did not open; no target was touched.",
  rejected: "Rejected. Clone it to try again.",
  cancelled: "It was taken back before it began.",
  expired: "Nobody went on with it in time.",
};

/** Orders to a running rollout. Abort is always first and wins from every live state. */
export function prepareCommands(state: RolloutState, isLead: boolean): CommandLine[] {
  if (!isLive(state.phase)) return [];
  const line = (kind: CommandKind, label: string, problem: string | null): CommandLine => {
    const why = isLead ? problem : "This needs the role lead.";
    return { kind, label, allowed: why === null, why };
  };
  const waits = state.pauses.some((pause) => pause === "manual" || pause === "approval" || pause === "inconclusive");
  const unclear = state.pauses.includes("inconclusive");
  const asks = state.pauses.includes("approval");
  return [
    line("abort", "Abort", null),
    state.pauses.includes("manual") ? line("resume", "Resume", null) : line("pause", "Pause", null),
    line(
      "promote",
      unclear ? "Go on without a clear judgement" : asks ? "Let the next step begin" : "Go on",
      waits
        ? null
        : state.pauses.length > 0
          ? "A fact holds it, and no person can wave it away."
          : "It goes on by itself once its gates allow.",
    ),
  ];
}
