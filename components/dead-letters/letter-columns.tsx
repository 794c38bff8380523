"use client";
import { Check, Inbox } from "lucide-react";
import { formatInstant } from "@/components/format/time-label";
import type { DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import type { DeadLetterView } from "@/lib/telemetry/list-dead-letters";
import { sourceLabel } from "./words";

export function letterColumns(timeZone: string, onOpen: (id: string) => void): DataColumn<DeadLetterView>[] {
  return [
    {
      id: "receivedAt",
      header: "Received",
      value: (row) => row.receivedAt,
      cell: (row) => (
        <button
          type="button"
          aria-haspopup="dialog"
          className="min-h-6 rounded-sm font-medium text-accent-foreground tabular underline-offset-2 hover:underline"
          onClick={() => onOpen(row.id)}
        >
          {formatInstant(row.receivedAt, timeZone, { seconds: true })}
        </button>
      ),
    },
    {
      id: "state",
      header: "State",
      value: (row) => (row.replayedAt === null ? "open" : "replayed"),
      cell: (row) => <LetterState letter={row} />,
    },
    { id: "tenant", header: "Tenant", value: (row) => row.tenant },
    { id: "source", header: "Source", value: (row) => row.source, cell: (row) => sourceLabel(row.source) },
    {
      id: "code",
      header: "Code",
      value: (row) => row.code,
      cell: (row) => <code className="font-mono text-xs">{row.code}</code>,
    },
    {
      id: "field",
      header: "Field",
      value: (row) => row.field,
      cell: (row) => (row.field === null ? "—" : <code className="font-mono text-xs">{row.field}</code>),
    },
    {
      id: "reason",
      header: "Reason",
      value: (row) => row.reason,
      cell: (row) => (
        <span className="block max-w-80 truncate" title={row.reason}>
          {row.reason}
        </span>
      ),
    },
    {
      id: "eventId",
      header: "Event",
      value: (row) => row.eventId,
      cell: (row) =>
        row.eventId === null ? (
          "—"
        ) : (
          <code className="block max-w-44 truncate font-mono text-xs" title={row.eventId}>
            {row.eventId}
          </code>
        ),
    },
  ];
}

/** In words and icon, not by colour alone. */
export function LetterState({ letter }: { letter: DeadLetterView }) {
  return letter.replayedAt === null ? (
    <Badge variant="warning">
      <Inbox aria-hidden /> Open
    </Badge>
  ) : (
    <Badge variant="success" title={letter.replayResult ?? undefined}>
      <Check aria-hidden /> Replayed
    </Badge>
  );
}
