"use client";
import { GitPullRequestArrow, Plus, X } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo } from "react";
import { ChoiceChip } from "@/components/filters/choice-chip";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import type { ChangeSummary } from "@/lib/changes/schemas";
import { changeColumns } from "./change-columns";
import { countChanges, filterChanges, isNarrowed, type ChangeFilter, type Reader } from "./filter-changes";
import { FrozenNow } from "./frozen-now";
import { useChangeFilter } from "./use-change-filter";
import { CHANGES_PATH, useChanges, useFreezes, useLive } from "./use-changes";

const FreezesCard = dynamic(() => import("./freezes-card").then((module) => module.FreezesCard), { ssr: false });

const CHOICE_LABEL: Record<ChangeFilter["status"], string> = {
  all: "All",
  open: "Open",
  in_review: "In review",
  executing: "Rolling out",
  done: "Done",
};

/** What was proposed, where it stands, and who is waited for. */
export function ChangesPage() {
  const { timeZone, user } = useWorkspace();
  const live = useLive();
  const query = useChanges(live);
  const freezes = useFreezes(live);
  const { filter, setFilter } = useChangeFilter();
  const columns = useMemo(() => changeColumns(query.dataUpdatedAt, timeZone), [query.dataUpdatedAt, timeZone]);
  const mayDraft = user.role !== "viewer";
  const reader: Reader = { id: user.id, mayApprove: user.role === "lead" || user.role === "admin" };
  const changes = query.data?.changes ?? [];
  return (
    <Page
      title="Changes"
      description="Proposed, approved by somebody else, rolled out in steps, and rolled back by themselves when they do harm."
      actions={
        mayDraft ? (
          <Button size="sm" asChild>
            <Link href="/changes/new">
              <Plus aria-hidden /> New change
            </Link>
          </Button>
        ) : null
      }
      filterBar={
        changes.length > 0 ? <FilterBar changes={changes} filter={filter} setFilter={setFilter} reader={reader} /> : undefined
      }
    >
      <FrozenNow freezes={freezes.data?.freezes ?? []} />
      <QueryCard
        title="Change requests"
        query={query}
        height={200}
        isEmpty={(data) => data.changes.length === 0}
        empty={{
          icon: <GitPullRequestArrow />,
          title: "Nothing has been proposed yet",
          why: mayDraft
            ? "Begin with a template: a cheaper model first, a cache, a cap on outputs, smaller weights. It is a draft until you submit it."
            : "Analysts and leads propose changes. What they propose appears here.",
          action: mayDraft
            ? { label: "Choose a template", href: "/changes/new" }
            : { label: "See the policies in force", href: "/policies" },
        }}
      >
        {(data) => {
          const rows = filterChanges(data.changes, filter, reader);
          return (
            <DataTable
              caption="List of changes"
              rows={rows}
              columns={columns}
              rowId={(row) => row.id}
              rowHref={(row) => `/changes/${row.id}`}
              defaultSort={{ id: "since", desc: true }}
              // The complete population, for whoever samples it.
              csv={{ href: `${CHANGES_PATH}/export` }}
              toolbar={
                <p className="text-[13px] text-muted-foreground" role="status">
                  {rows.length.toLocaleString("en-US")} {rows.length === 1 ? "change" : "changes"}
                  {isNarrowed(filter) ? ` of ${data.changes.length.toLocaleString("en-US")}` : ""}
                </p>
              }
              empty={
                <span className="inline-flex flex-wrap items-center justify-center gap-2">
                  No change matches.
                  <Button size="sm" variant="outline" onClick={() => void setFilter(null)}>
                    Show all
                  </Button>
                </span>
              }
            />
          );
        }}
      </QueryCard>
      <FreezesCard query={freezes} mayEdit={user.role === "admin"} />
    </Page>
  );
}

function FilterBar({
  changes,
  filter,
  setFilter,
  reader,
}: {
  changes: readonly ChangeSummary[];
  filter: ChangeFilter;
  setFilter: ReturnType<typeof useChangeFilter>["setFilter"];
  reader: Reader;
}) {
  const counts = countChanges(changes, filter, reader);
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Filters" data-print="hidden">
      {counts.status.map(({ status, count }) => (
        <ChoiceChip
          key={status}
          pressed={filter.status === status}
          count={count}
          onClick={() => void setFilter({ status: status === "all" || filter.status === status ? null : status })}
        >
          {CHOICE_LABEL[status]}
        </ChoiceChip>
      ))}
      <span aria-hidden className="mx-1 h-5 w-px bg-border max-sm:hidden" />
      <ChoiceChip pressed={filter.mine} count={counts.mine} onClick={() => void setFilter({ mine: filter.mine ? null : true })}>
        Mine
      </ChoiceChip>
      {reader.mayApprove ? (
        <ChoiceChip
          pressed={filter.awaiting}
          count={counts.awaiting}
          onClick={() => void setFilter({ awaiting: filter.awaiting ? null : true })}
        >
          Awaiting my approval
        </ChoiceChip>
      ) : null}
      {isNarrowed(filter) ? (
        <Button size="sm" variant="ghost" onClick={() => void setFilter(null)}>
          <X aria-hidden /> Clear
        </Button>
      ) : null}
    </div>
  );
}
