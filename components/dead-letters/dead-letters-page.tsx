"use client";
import dynamic from "next/dynamic";
import { useMemo } from "react";
import { FilterBar } from "@/components/filters/filter-bar";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { EmptyState, QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import type { Dimension } from "@/lib/metrics/dimensions";
import { letterColumns } from "./letter-columns";
import { LetterOptionsBar } from "./letter-options";
import { useLetterFilter } from "./use-letter-filter";
import { useLetter, useLetters } from "./use-letters";

// The editor and its dialogs come with the first letter that is opened.
const LetterDialog = dynamic(() => import("./letter-dialog").then((module) => module.LetterDialog), { ssr: false });

const FILTERS: readonly Dimension[] = ["tenant"];

/** What came in and could not be stored: why, and a second chance. */
export function DeadLettersPage() {
  const { timeZone, user } = useWorkspace();
  const allowed = user.role !== "viewer";
  const { options, setOptions, search, live, setRange } = useLetterFilter();
  const letters = useLetters(search, live, allowed);
  const { letter, missing } = useLetter(allowed ? options.letter : null, letters.data?.rows);
  const columns = useMemo(() => letterColumns(timeZone, (id) => void setOptions({ letter: id })), [timeZone, setOptions]);
  const narrowed = options.state !== "all" || options.code !== null || options.source !== null;
  if (!allowed) {
    return (
      <Page title="Dead letters">
        <EmptyState
          title="Dead letters are for analysts"
          why="They hold what senders wrote, as it came. Ask an admin for the role analyst if you need to look into them."
          action={{ label: "To the overview", href: "/" }}
        />
      </Page>
    );
  }
  return (
    <Page
      title="Dead letters"
      description="What was accepted or sent, but could not be stored: kept with the reason, so that nothing is lost silently. An admin can correct and replay it."
      filterBar={
        <div className="flex flex-col gap-1.5">
          <FilterBar dimensions={FILTERS} compare={false} />
          <LetterOptionsBar options={options} setOptions={setOptions} />
        </div>
      }
    >
      {missing ? (
        <p role="alert" className="flex flex-wrap items-center gap-2 rounded-lg border bg-card px-4 py-2 text-[13px]">
          There is no dead letter {options.letter}: it is older than 90 days, or belongs to a tenant that you do not see.
          <Button size="sm" variant="ghost" onClick={() => void setOptions({ letter: null })}>
            Dismiss
          </Button>
        </p>
      ) : null}
      <QueryCard
        title="Dead letters"
        description="Newest first. Open one to see what was sent."
        query={letters}
        height={360}
        empty={
          narrowed
            ? {
                title: "No dead letter matches",
                why: "None in this period has this state, source and code.",
                action: { label: "Show all", onClick: () => void setOptions({ state: null, code: null, source: null }) },
              }
            : {
                title: "Nothing was refused in this period",
                why: "Everything that was accepted is stored. An item that the API rejects at once is not kept here: its sender got the reason in the answer.",
                action: { label: "Last 30 days", onClick: () => setRange("30d") },
              }
        }
      >
        {({ rows }) => (
          <div className="flex flex-col gap-3">
            <DataTable
              caption="List of dead letters"
              rows={rows}
              columns={columns}
              rowId={(row) => row.id}
              maxHeight={rows.length > 15 ? 640 : undefined}
              csv="dead-letters"
              toolbar={
                <p className="text-[13px] text-muted-foreground" role="status">
                  {rows.length.toLocaleString("en-US")} {rows.length === 1 ? "letter" : "letters"}
                  {letters.hasNextPage ? " loaded, there are more" : ""}
                </p>
              }
            />
            {letters.hasNextPage ? (
              <Button
                variant="outline"
                className="self-center"
                disabled={letters.isFetchingNextPage}
                onClick={() => void letters.fetchNextPage()}
              >
                {letters.isFetchingNextPage ? "Loading…" : "Load more"}
              </Button>
            ) : null}
          </div>
        )}
      </QueryCard>
      {letter ? <LetterDialog key={letter.id} letter={letter} onClose={() => void setOptions({ letter: null })} /> : null}
    </Page>
  );
}
