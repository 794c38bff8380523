"use client";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import type { Filters } from "@/components/filters/use-filters";
import { formatInstant, formatMetricValue } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Waterfall } from "@/components/requests/waterfall";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import type { ExplainedRequest } from "@/lib/pricing/explain-request";
import type { ActionRow, ActionSort } from "@/lib/telemetry/requests";

const SORTS = ["cost", "calls", "duration", "recent"] as const satisfies readonly ActionSort[];
const SORT_WORDS: Record<ActionSort, string> = { cost: "Dearest", calls: "Most calls", duration: "Longest", recent: "Latest" };

/** Single actions, and the chain of the one that is chosen. */
export function ActionList({ filters }: { filters: Filters }) {
  const { timeZone } = useWorkspace();
  const [sort, setSort] = useQueryState("sort", parseAsStringLiteral(SORTS).withDefault("cost").withOptions({ history: "push" }));
  const [chosen, setChosen] = useQueryState("action", parseAsString.withOptions({ history: "push" }));
  const params = new URLSearchParams({ from: filters.from, to: filters.to, sort });
  for (const dimension of ["tenant", "endpoint"] as const) {
    for (const value of filters.values[dimension] ?? []) params.append(dimension, value);
  }
  const query = useApi<{ actions: ActionRow[] }>(`/api/v1/actions?${params.toString()}`);
  const open = query.data?.actions.find(({ id, tenant }) => keyOfAction({ id, tenant }) === chosen);
  const columns: DataColumn<ActionRow>[] = [
    {
      id: "action",
      header: "Action",
      value: (action) => action.id,
      cell: (action) => (
        <Button
          variant="link"
          size="sm"
          className="h-6 max-w-56 justify-start truncate px-0 font-mono text-xs"
          aria-expanded={keyOfAction(action) === chosen}
          onClick={() => void setChosen(keyOfAction(action) === chosen ? null : keyOfAction(action))}
        >
          {action.id}
        </Button>
      ),
    },
    { id: "tenant", header: "Tenant", value: (action) => action.tenant },
    { id: "endpoint", header: "Endpoint", value: (action) => action.endpoint },
    {
      id: "started",
      header: "Began",
      value: (action) => action.startedAt,
      cell: (action) => formatInstant(action.startedAt, timeZone),
    },
    { id: "calls", header: "Calls", unit: "count", value: (action) => action.calls },
    { id: "retries", header: "Retries", unit: "count", value: (action) => action.retries },
    { id: "failed", header: "Failed", unit: "count", value: (action) => action.failed },
    { id: "duplicates", header: "Duplicates", unit: "count", value: (action) => action.duplicates, hidden: true },
    { id: "fallbacks", header: "Fallbacks", unit: "count", value: (action) => action.fallbacks, hidden: true },
    { id: "tokens", header: "Tokens", unit: "tokens", value: (action) => action.tokens },
    { id: "duration", header: "Took", unit: "ms", value: (action) => action.durationMs },
    { id: "cost", header: "Cost", unit: "usd", value: (action) => action.costUsd },
    {
      id: "outcomes",
      header: "Outcome",
      value: (action) => wordOutcomes(action),
      cell: (action) => wordOutcomes(action) || <span className="text-muted-foreground">none reported</span>,
    },
  ];
  return (
    <QueryCard
      title="Single actions"
      description="Choose one to see its chain: every call, when it ran and what it cost."
      query={query}
      height={360}
      isEmpty={({ actions }) => actions.length === 0}
      empty={{ title: "No action in this period", why: "Nothing in this range carries an action id." }}
    >
      {({ actions }) => (
        <div className="flex flex-col gap-4">
          {open ? <Chain action={open} onClose={() => void setChosen(null)} /> : null}
          <DataTable
            caption="Actions"
            rows={actions}
            columns={columns}
            rowId={keyOfAction}
            csv="actions"
            toolbar={
              <Segmented
                label="Order"
                options={SORTS.map((value) => ({ value, label: SORT_WORDS[value] }))}
                value={sort}
                onChange={(value) => void setSort(value)}
              />
            }
          />
        </div>
      )}
    </QueryCard>
  );
}

const keyOfAction = ({ id, tenant }: Pick<ActionRow, "id" | "tenant">): string => `${tenant}/${id}`;
const wordOutcomes = ({ outcomes }: ActionRow): string =>
  [...new Set(outcomes.map(({ kpi, value }) => (value === 1 ? kpi : value === 0 ? `not ${kpi}` : `${kpi} ${value}`)))].join(", ");

function Chain({ action, onClose }: { action: ActionRow; onClose: () => void }) {
  const query = useApi<ExplainedRequest>(
    `/api/v1/requests/${encodeURIComponent(action.requestId)}?tenant=${encodeURIComponent(action.tenant)}`,
  );
  return (
    <QueryCard
      title={`Chain of ${action.id}`}
      description={`${action.calls} ${action.calls === 1 ? "call" : "calls"}, ${formatMetricValue(action.costUsd, "usd")}. A call leads to its request.`}
      actions={
        <Button size="sm" variant="outline" onClick={onClose}>
          Close the chain
        </Button>
      }
      query={query}
      height={240}
      isEmpty={(request) => !request.action}
    >
      {(request) => (
        <Waterfall
          caption="The calls of this action on a time axis"
          events={request.action!.events}
          label={(event) => `${event.actionStep ?? event.endpoint}${event.attempt > 1 ? `, attempt ${event.attempt}` : ""}`}
        />
      )}
    </QueryCard>
  );
}
