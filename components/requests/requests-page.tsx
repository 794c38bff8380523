"use client";
import { useMemo } from "react";
import { FilterBar } from "@/components/filters/filter-bar";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import type { Dimension } from "@/lib/metrics/schemas";
import { requestFilterParams } from "@/lib/telemetry/requests/params";
import { requestColumns } from "./request-columns";
import { RequestOptionsBar } from "./request-options";
import { useRequestFilter } from "./use-request-filter";
import { useRequests } from "./use-requests";
import { requestHref } from "./words";

const FILTERS: readonly Dimension[] = ["tenant", "endpoint", "modelServed", "provider", "status", "cacheOutcome"];

/** The last level of every drill-down: the requests behind a number. */
export function RequestsPage() {
  const { filters, options, setOptions, query } = useRequestFilter();
  const { timeZone, user } = useWorkspace();
  const requests = useRequests(query, filters.live && options.sort === "newest" && !query.q);
  const columns = useMemo(() => requestColumns(timeZone), [timeZone]);
  const mayExport = user.role !== "viewer";
  return (
    <Page
      title="Requests"
      description="Each request with its cost, cache outcome and timing. Open one to see its attempts and why it cost what it cost."
      filterBar={
        <div className="flex flex-col gap-1.5">
          <FilterBar dimensions={FILTERS} compare={false} />
          <RequestOptionsBar options={options} setOptions={setOptions} />
        </div>
      }
    >
      <QueryCard
        title={options.rows === "attempts" ? "Attempts" : "Requests"}
        description={describe(query.q, options.rows)}
        query={requests}
        height={480}
        empty={{
          title: query.q ? `Nothing has the id ${query.q}` : "No requests match",
          why: query.q
            ? "Ids are compared exactly. The request may be older than the retention of raw rows, or belong to another tenant."
            : "Nothing in this period matches the filters above. Choose a longer range or take a filter away.",
          action: query.q
            ? { label: "Clear the search", onClick: () => void setOptions({ q: null }) }
            : { label: "Connect a source", href: "/welcome" },
        }}
      >
        {({ rows }) => (
          <div className="flex flex-col gap-3">
            <DataTable
              caption={options.rows === "attempts" ? "List of attempts" : "List of requests"}
              rows={rows}
              columns={columns}
              rowId={(row) => row.id}
              rowHref={requestHref}
              maxHeight={rows.length > 15 ? 640 : undefined}
              csv={
                mayExport
                  ? { href: `/api/v1/requests?${requestFilterParams({ ...query, sort: "recent" })}&format=csv` }
                  : undefined
              }
              toolbar={
                <p className="text-[13px] text-muted-foreground" role="status">
                  {rows.length.toLocaleString("en-US")} {rows.length === 1 ? "row" : "rows"}
                  {requests.hasNextPage ? " loaded, there are more" : ""}
                </p>
              }
            />
            {requests.hasNextPage ? (
              <Button
                variant="outline"
                className="self-center"
                disabled={requests.isFetchingNextPage}
                onClick={() => void requests.fetchNextPage()}
              >
                {requests.isFetchingNextPage ? "Loading…" : "Load more"}
              </Button>
            ) : null}
          </div>
        )}
      </QueryCard>
    </Page>
  );
}

function describe(q: string | undefined, rows: string): string {
  if (q) return "Everything with this id, whenever it was.";
  return rows === "attempts"
    ? "Every upstream call and cache answer, retries and mirrored traffic included: these add up to the cost metric."
    : "One row a request, with the cost of its last attempt; failed attempts and mirrored traffic are under All attempts.";
}
