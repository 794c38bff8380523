"use client";
import { Plus, TriangleAlert } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import { CONNECTORS } from "@/lib/protocol/connectors";
import { filterTargets, isNarrowed } from "./filter-targets";
import { FleetFilterBar } from "./fleet-filter-bar";
import type { FleetRights } from "./rights";
import { targetColumns } from "./target-columns";
import { useFleetFilter } from "./use-fleet-filter";
import { useTargets } from "./use-targets";

// The form, the guide and their schemas come with the first enrolment.
const EnrolDialog = dynamic(() => import("./enrol/enrol-dialog").then((module) => module.EnrolDialog), { ssr: false });
const OpenTokens = dynamic(() => import("./enrol/open-tokens").then((module) => module.OpenTokens), { ssr: false });

/** `?enrol=headroom-gateway` opens the dialog: other pages link to it. */
const enrolParser = parseAsStringLiteral(CONNECTORS);

/** Everything that takes configuration: is it heard, what does it run, what should it run. */
export function FleetPage({ rights, consoleUrl }: { rights: FleetRights; consoleUrl: string }) {
  const { timeZone } = useWorkspace();
  const query = useTargets();
  const { filter, setFilter } = useFleetFilter();
  const [enrolling, setEnrolling] = useQueryState("enrol", enrolParser);
  const columns = useMemo(() => targetColumns(query.dataUpdatedAt, timeZone), [query.dataUpdatedAt, timeZone]);
  const targets = query.data?.targets ?? [];
  const enrol = () => void setEnrolling("headroom-gateway");
  return (
    <Page
      title="Fleet"
      description="Gateways and engine nodes that take configuration: what each should run, what it says that it runs, and what was read back."
      actions={
        rights.enrol ? (
          <Button size="sm" onClick={enrol}>
            <Plus aria-hidden /> Enrol
          </Button>
        ) : null
      }
      filterBar={targets.length > 0 ? <FleetFilterBar targets={targets} filter={filter} setFilter={setFilter} /> : undefined}
    >
      {query.data && !query.data.fleetServer.listening ? <FleetServerAway /> : null}
      <QueryCard
        title="Targets"
        description="Open one to see its orders, its attempts and why it differs."
        query={query}
        height={320}
        isEmpty={(data) => data.targets.length === 0}
        empty={
          rights.enrol
            ? {
                title: "Nothing is enrolled yet",
                why: "A gateway or an engine node takes routing, caching, token and engine policies from here. One command with a short-lived token connects it.",
                action: { label: "Enrol the first one", onClick: enrol },
              }
            : {
                title: "Nothing is enrolled yet",
                why: rights.why,
                action: { label: "Send usage without a gateway", href: "/welcome" },
              }
        }
      >
        {(data) => {
          const rows = filterTargets(data.targets, filter);
          return (
            <DataTable
              caption="List of targets"
              rows={rows}
              columns={columns}
              rowId={(row) => row.id}
              rowHref={(row) => `/fleet/${row.id}`}
              defaultSort={{ id: "name", desc: false }}
              csv="targets"
              toolbar={
                <p className="text-[13px] text-muted-foreground" role="status">
                  {rows.length.toLocaleString("en-US")} {rows.length === 1 ? "target" : "targets"}
                  {isNarrowed(filter) ? ` of ${data.targets.length.toLocaleString("en-US")}` : ""}
                </p>
              }
              empty={
                <span className="inline-flex flex-wrap items-center justify-center gap-2">
                  No target matches.
                  <Button size="sm" variant="outline" onClick={() => void setFilter(null)}>
                    Show all
                  </Button>
                </span>
              }
            />
          );
        }}
      </QueryCard>
      {rights.enrol ? <OpenTokens /> : null}
      {rights.enrol && enrolling !== null && query.data ? (
        <EnrolDialog
          connector={enrolling}
          targets={targets}
          listening={query.data.fleetServer.listening}
          consoleUrl={consoleUrl}
          now={query.dataUpdatedAt}
          onClose={() => void setEnrolling(null)}
        />
      ) : null}
    </Page>
  );
}

function FleetServerAway() {
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-warning/40 bg-warning-muted px-4 py-3 text-[13px]">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <p>
        <strong className="font-medium">The fleet server is away.</strong> Every target keeps what it runs. Until it is back
        nothing can be enrolled, and saved policies wait. It is started by <code className="font-mono">npm start</code>, or alone
        by <code className="font-mono">npm run fleet</code>.
      </p>
    </div>
  );
}
