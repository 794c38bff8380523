"use client";
import { AlertTriangle, GitMerge, Snowflake, TriangleAlert } from "lucide-react";
import { formatAge, formatInstant } from "@/components/format/time-label";
import type { DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import type { ChangeSummary } from "@/lib/changes/schemas";
import type { PauseReason } from "@/lib/changes/rollout/state";
import { StatusBadge } from "./status-badge";
import { CLASS_WORDS, PAUSE_WORDS, PHASE_LABEL, STATUS_LABEL } from "./words";

/** `now`: time of the answer, so that drawing again does not change what is drawn. */
export function changeColumns(now: number, timeZone: string): DataColumn<ChangeSummary>[] {
  return [
    {
      id: "title",
      header: "Change",
      value: (row) => `${row.number} ${row.title}`,
      cell: (row) => (
        <span className="flex max-w-md min-w-40 items-baseline gap-1.5 whitespace-normal">
          <span className="text-muted-foreground tabular">#{row.number}</span>
          <span className="min-w-0 font-medium break-words">{row.title}</span>
        </span>
      ),
    },
    {
      id: "status",
      header: "Status",
      value: (row) => STATUS_LABEL[row.status],
      cell: (row) => (
        <span className="inline-flex items-center gap-1.5" title={row.statusReason ?? undefined}>
          <StatusBadge status={row.status} />
          <Flags change={row} />
        </span>
      ),
    },
    {
      id: "rollout",
      header: "Rollout",
      value: (row) => (row.rollout ? `${PHASE_LABEL[row.rollout.phase]} ${row.rollout.step}` : null),
      cell: (row) => (row.rollout ? <Progress rollout={row.rollout} /> : "—"),
    },
    {
      id: "edits",
      header: "Edits",
      value: (row) => row.edits.join(", "),
      cell: (row) => (
        <span title={row.edits.join(", ")}>
          {row.edits[0] ?? "—"}
          {row.edits.length > 1 ? <span className="text-muted-foreground"> +{row.edits.length - 1}</span> : null}
        </span>
      ),
    },
    { id: "author", header: "Author", value: (row) => row.author.name },
    {
      id: "approvals",
      header: "Approvals",
      align: "right",
      value: (row) => row.approvals.counting,
      cell: (row) => (
        <span>
          {row.approvals.counting} of {row.approvals.quorum}
        </span>
      ),
    },
    {
      id: "since",
      header: "Since",
      value: (row) => row.since,
      cell: (row) => <span title={formatInstant(row.since, timeZone)}>{formatAge(now - Date.parse(row.since))}</span>,
    },
    { id: "class", header: "Class", value: (row) => CLASS_WORDS[row.restartClass].name, hidden: true },
  ];
}

function Progress({ rollout }: { rollout: NonNullable<ChangeSummary["rollout"]> }) {
  const held = rollout.pauses.length > 0;
  return (
    <span className="inline-flex items-center gap-2" title={rollout.reason}>
      <span className="tabular">
        step {Math.min(rollout.step + 1, rollout.steps)} of {rollout.steps}, {PHASE_LABEL[rollout.phase]}
      </span>
      {held ? (
        <Badge variant="warning" title={rollout.pauses.map((pause) => PAUSE_WORDS[pause as PauseReason] ?? pause).join(" ")}>
          <TriangleAlert aria-hidden /> paused
        </Badge>
      ) : null}
    </span>
  );
}

/** What is derived, each in a word. */
function Flags({ change: { flags, status } }: { change: ChangeSummary }) {
  const open = !["promoted", "rolled_back", "failed_preflight", "rejected", "cancelled", "expired", "executing"].includes(status);
  return (
    <>
      {open && flags.stale ? (
        <Badge variant="warning" title="A policy that it edits has changed since.">
          <GitMerge aria-hidden /> stale
        </Badge>
      ) : null}
      {open && flags.conflicting ? (
        <Badge variant="warning" title="Another open change edits the same policy.">
          <AlertTriangle aria-hidden /> conflict
        </Badge>
      ) : null}
      {flags.frozen && (status === "approved" || status === "scheduled") ? (
        <Badge variant="outline" title="Changes are frozen.">
          <Snowflake aria-hidden /> frozen
        </Badge>
      ) : null}
      {flags.reviewOwed ? <Badge variant="warning">review owed</Badge> : null}
    </>
  );
}
