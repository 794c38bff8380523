"use client";
import { formatAge, formatInstant, formatMs } from "@/components/format";
import type { DataColumn } from "@/components/table/data-table";
import { formatMeasured } from "@/lib/alerts/incidents/format-measured";
import type { IncidentView } from "@/lib/alerts/incidents/schemas";
import { SEVERITIES } from "@/lib/alerts/rules/schemas";
import { IncidentBadge, SeverityBadge } from "../state-badges";
import { CAUSE_LABEL, labelText, PHASE_LABEL } from "../words";

/** `now`: time of the answer, so that drawing again does not change what is drawn. */
export function incidentColumns(now: number, timeZone: string): DataColumn<IncidentView>[] {
  return [
    {
      id: "rule",
      header: "Incident",
      value: (row) => `${row.ruleName} ${labelText(row.labels)}`,
      cell: (row) => (
        <span className="flex max-w-md min-w-40 flex-col whitespace-normal">
          <span className="font-medium break-words">{row.ruleName}</span>
          {Object.keys(row.labels).length > 0 ? (
            <span className="text-xs text-muted-foreground">{labelText(row.labels)}</span>
          ) : null}
        </span>
      ),
    },
    { id: "phase", header: "State", value: (row) => PHASE_LABEL[row.phase], cell: (row) => <IncidentBadge phase={row.phase} /> },
    {
      id: "severity",
      header: "Severity",
      value: (row) => SEVERITIES.indexOf(row.severity),
      cell: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      id: "worst",
      header: "Worst",
      align: "right",
      value: (row) => (row.worst === null ? null : Number(row.worst)),
      cell: (row) =>
        row.cause === "condition" ? (
          <span title={row.measured.label}>{formatMeasured(row.worst, row.measured.unit)}</span>
        ) : (
          CAUSE_LABEL[row.cause]
        ),
    },
    {
      id: "threshold",
      header: "Threshold",
      align: "right",
      value: (row) => Number(row.threshold),
      cell: (row) => `${row.measured.side === "above" ? "≥" : "≤"} ${formatMeasured(row.threshold, row.measured.unit)}`,
    },
    {
      id: "openedAt",
      header: "Fired",
      value: (row) => row.openedAt,
      cell: (row) => <span title={formatInstant(row.openedAt, timeZone)}>{formatAge(now - Date.parse(row.openedAt))}</span>,
    },
    {
      id: "lasted",
      header: "Lasted",
      align: "right",
      value: (row) => lasted(row, now),
      cell: (row) => `${formatMs(lasted(row, now))}${row.endedAt ? "" : " so far"}`,
    },
    { id: "by", header: "Taken on by", value: (row) => row.acknowledgedBy ?? row.resolvedBy },
  ];
}

const lasted = ({ openedAt, endedAt }: IncidentView, now: number) =>
  Math.max(0, (endedAt ? Date.parse(endedAt) : now) - Date.parse(openedAt));
