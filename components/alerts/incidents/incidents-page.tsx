"use client";
import { BellOff } from "lucide-react";
import { parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { Segmented } from "@/components/ui/segmented";
import { SEVERITIES } from "@/lib/alerts/rules/schemas";
import { SEVERITY_LABEL } from "../words";
import { incidentColumns } from "./incident-columns";
import { useIncidents } from "./use-incidents";

const STATES = ["open", "resolved", "all"] as const;
const STATE_LABEL = { open: "Open", resolved: "Resolved", all: "All" } as const;
const LISTED = 200;

/** What fires now, and what did. */
export function IncidentsPage() {
  const { timeZone } = useWorkspace();
  const [filter, setFilter] = useQueryStates(
    {
      state: parseAsStringLiteral(STATES).withDefault("all"),
      severity: parseAsStringLiteral([...SEVERITIES, "any"] as const).withDefault("any"),
    },
    { history: "push" },
  );
  const query = useIncidents({
    state: filter.state,
    limit: String(LISTED),
    ...(filter.severity === "any" ? {} : { severity: filter.severity }),
  });
  const columns = useMemo(() => incidentColumns(query.dataUpdatedAt, timeZone), [query.dataUpdatedAt, timeZone]);
  return (
    <QueryCard
      title="Incidents"
      description="An incident begins when a rule fires and ends when it is resolved. Open ones stand first."
      query={query}
      height={240}
      isEmpty={(data) => data.incidents.length === 0 && filter.state === "all" && filter.severity === "any"}
      empty={{
        icon: <BellOff />,
        title: "Nothing has fired yet",
        why: "Rules are evaluated in the background. What fires appears here, with its history and what changed.",
        action: { label: "See the rules", href: "/alerts/rules" },
      }}
    >
      {({ incidents }) => (
        <DataTable
          caption="List of incidents"
          rows={incidents}
          columns={columns}
          rowId={(row) => row.id}
          rowHref={(row) => `/alerts/incidents/${row.id}`}
          csv="incidents"
          toolbar={
            <div className="flex flex-wrap items-center gap-2">
              <Segmented
                label="State"
                options={STATES.map((value) => ({ value, label: STATE_LABEL[value] }))}
                value={filter.state}
                onChange={(state) => void setFilter({ state })}
              />
              <Segmented
                label="Severity"
                options={(["any", ...SEVERITIES] as const).map((value) => ({
                  value,
                  label: value === "any" ? "Any severity" : SEVERITY_LABEL[value],
                }))}
                value={filter.severity}
                onChange={(severity) => void setFilter({ severity })}
              />
            </div>
          }
          empty="No incident matches."
        />
      )}
    </QueryCard>
  );
}
