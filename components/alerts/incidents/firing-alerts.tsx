"use client";
import { BellOff } from "lucide-react";
import Link from "next/link";
import { formatAge } from "@/components/format";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { formatMeasured } from "@/lib/alerts/incidents/format-measured";
import { IncidentBadge, SeverityBadge } from "../state-badges";
import { CAUSE_LABEL, labelText } from "../words";
import { useIncidents } from "./use-incidents";

const LISTED = 5;

/** What fires now, for the overview. */
export function FiringAlerts() {
  const query = useIncidents({ state: "open", limit: String(LISTED) });
  return (
    <QueryCard
      title="Firing alerts"
      query={query}
      height={72}
      isEmpty={({ incidents }) => incidents.length === 0}
      empty={{
        icon: <BellOff />,
        title: "Nothing is firing",
        why: "Rules watch cost and quality in the background.",
        action: { label: "See the rules", href: "/alerts/rules" },
      }}
      actions={
        <Button size="sm" variant="ghost" asChild>
          <Link href="/alerts?state=open">
            {query.data && query.data.open > LISTED ? `All ${query.data.open}` : "All alerts"}
          </Link>
        </Button>
      }
    >
      {({ incidents }) => (
        <ul className="flex flex-col divide-y">
          {incidents.map((incident) => (
            <li key={incident.id}>
              <Link
                href={`/alerts/incidents/${incident.id}`}
                className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-2 py-2 text-[13px] hover:bg-muted"
              >
                <SeverityBadge severity={incident.severity} />
                <span className="min-w-0 flex-1 basis-48 font-medium break-words">
                  {incident.ruleName}
                  {Object.keys(incident.labels).length > 0 ? (
                    <span className="font-normal text-muted-foreground"> {labelText(incident.labels)}</span>
                  ) : null}
                </span>
                <span className="tabular">
                  {incident.cause === "condition"
                    ? formatMeasured(incident.value, incident.measured.unit)
                    : CAUSE_LABEL[incident.cause]}
                </span>
                <IncidentBadge phase={incident.phase} />
                <span className="text-xs text-muted-foreground">
                  {formatAge(query.dataUpdatedAt - Date.parse(incident.openedAt))}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </QueryCard>
  );
}
