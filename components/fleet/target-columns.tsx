"use client";
import { formatAge, formatInstant } from "@/components/format/time-label";
import type { DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import type { TargetView } from "@/lib/fleet/schemas";
import { StateBadge } from "./state-badge";
import { explainDifference, STANDING_LABEL, standingOf } from "./standing";
import { capabilityLabel, CONNECTOR_LABEL, gpuWords } from "./words";

/** `now`: time of the answer, so that drawing again does not change what is drawn. */
export function targetColumns(now: number, timeZone: string): DataColumn<TargetView>[] {
  return [
    { id: "name", header: "Name", value: (row) => row.name },
    {
      id: "state",
      header: "State",
      value: (row) => STANDING_LABEL[standingOf(row)],
      cell: (row) => (
        <span className="inline-flex items-center gap-1.5">
          <StateBadge standing={standingOf(row)} />
          {row.simulated ? <Badge variant="outline">simulated</Badge> : null}
        </span>
      ),
    },
    {
      id: "generation",
      header: "Generation",
      value: (row) => row.running?.generation,
      align: "right",
      cell: (row) => <Generations target={row} />,
    },
    {
      id: "heard",
      header: "Last heard",
      value: (row) => row.lastSeenAt,
      cell: (row) =>
        row.lastSeenAt === null ? (
          "never"
        ) : (
          <span title={formatInstant(row.lastSeenAt, timeZone, { seconds: true })}>
            {formatAge(now - Date.parse(row.lastSeenAt))}
          </span>
        ),
    },
    {
      id: "connector",
      header: "Connector",
      value: (row) => row.connector,
      cell: (row) => CONNECTOR_LABEL[row.connector],
    },
    { id: "environment", header: "Environment", value: (row) => row.environment },
    { id: "pool", header: "Pool", value: (row) => row.pool },
    { id: "version", header: "Version", value: (row) => row.version },
    {
      id: "hardware",
      header: "Hardware",
      value: (row) => gpuWords(row.hardware),
      cell: (row) => gpuWords(row.hardware) ?? "—",
    },
    {
      id: "capabilities",
      header: "Capabilities",
      value: (row) => row.capabilities.join(" "),
      cell: (row) => <Capabilities names={row.capabilities} />,
    },
    { id: "model", header: "Model", value: (row) => row.hardware?.model, hidden: true },
    {
      id: "crashes",
      header: "Crashes",
      value: (row) => row.health?.crashes,
      align: "right",
      hidden: true,
    },
    {
      id: "enrolled",
      header: "Enrolled",
      value: (row) => row.enrolledAt,
      cell: (row) => formatInstant(row.enrolledAt, timeZone),
      hidden: true,
    },
  ];
}

/** "7" when it runs what is wanted, "6 → 7" when it does not yet. */
function Generations({ target }: { target: TargetView }) {
  const { desired, running } = target;
  const difference = explainDifference(target);
  const reported = running?.generation ?? "none";
  return (
    <span title={difference ?? undefined} className={cn(difference !== null && "font-medium text-warning")}>
      {difference === null || !desired ? (
        (running?.generation ?? "—")
      ) : (
        <>
          <span className="sr-only">reported </span>
          {reported} <span aria-hidden>→</span>
          <span className="sr-only">, wanted</span> {desired.generation}
        </>
      )}
    </span>
  );
}

const SHOWN = 3;

function Capabilities({ names }: { names: readonly string[] }) {
  if (names.length === 0) return "—";
  const rest = names.length - SHOWN;
  return (
    <span title={names.map(capabilityLabel).join(", ")}>
      {names.slice(0, SHOWN).map(capabilityLabel).join(", ")}
      {rest > 0 ? <span className="text-muted-foreground"> +{rest}</span> : null}
    </span>
  );
}
