"use client";
import { Lightbulb } from "lucide-react";
import Link from "next/link";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { Segmented } from "@/components/ui/segmented";
import { EFFORTS, LEVER_IDS, LEVERS, type Effort, type LeverId } from "@/lib/advisor/findings/levers";
import { FINDING_STATES, type FindingList } from "@/lib/advisor/findings/schemas";
import { formatUsd } from "@/lib/money/format";
import { FindingCard } from "./finding-card";
import { LookNow, RunStatus } from "./run-status";
import { useFindings } from "./use-findings";
import { EFFORT_LABEL, PATTERN_LABEL, rangeUsd, STATE_LABEL } from "./words";

const ALL = "all";

/** What could be saved, ranked, and what it comes to when everything is done. */
export function FindingsPage() {
  const { user } = useWorkspace();
  const { filter, setFilter, query, narrowed } = useFindings();
  const data = query.data;
  const mayAct = user.role !== "viewer";
  return (
    <>
      <QueryCard
        title="What could be saved"
        description="Everything open, done one after the other on what is left: each dollar is counted once, so it is less than the findings add up to."
        query={query}
        height={76}
        isEmpty={() => false}
        actions={mayAct ? <LookNow busy={data?.currentRun != null} /> : null}
      >
        {(list) => <Totals list={list} at={query.dataUpdatedAt} />}
      </QueryCard>
      {data && (data.patterns.length > 0 || data.concentration.length > 0) ? <Patterns list={data} /> : null}
      <div className="flex flex-wrap items-end gap-3">
        <Segmented
          label="State"
          options={FINDING_STATES.map((value) => ({
            value,
            label: `${STATE_LABEL[value]}${data ? ` ${data.counts[value]}` : ""}`,
          }))}
          value={filter.state}
          onChange={(state) => void setFilter({ state, id: null })}
        />
        <LabelledSelect
          label="Lever"
          className="w-48"
          value={filter.lever ?? ALL}
          options={[{ value: ALL, label: "All" }, ...LEVER_IDS.map((value) => ({ value, label: LEVERS[value].label }))]}
          onChange={(value) => void setFilter({ lever: value === ALL ? null : (value as LeverId) })}
        />
        <LabelledSelect
          label="Effort"
          className="w-36"
          value={filter.effort ?? ALL}
          options={[{ value: ALL, label: "All" }, ...EFFORTS.map((value) => ({ value, label: EFFORT_LABEL[value] }))]}
          onChange={(value) => void setFilter({ effort: value === ALL ? null : (value as Effort) })}
        />
        <Input
          aria-label="Find in findings"
          placeholder="Endpoint, tenant, pool…"
          className="h-8 w-56"
          value={filter.text}
          onChange={(event) => void setFilter({ text: event.target.value || null }, { history: "replace", throttleMs: 300 })}
        />
        {narrowed ? (
          <Button size="sm" variant="ghost" onClick={() => void setFilter({ lever: null, effort: null, text: null, id: null })}>
            Clear
          </Button>
        ) : null}
      </div>
      <QueryCard
        title="Findings"
        query={query}
        height={320}
        isEmpty={({ items }) => items.length === 0}
        empty={emptyOf(filter.state, narrowed, data, mayAct)}
        className="border-0 bg-transparent shadow-none"
        contentClassName="px-0"
      >
        {({ items }) => (
          <div role="list" className="flex flex-col gap-3">
            {items.map((finding, index) => (
              <FindingCard key={finding.id} finding={finding} rank={index + 1} />
            ))}
          </div>
        )}
      </QueryCard>
    </>
  );
}

function emptyOf(state: string, narrowed: boolean, data: FindingList | undefined, mayAct: boolean) {
  const icon = <Lightbulb />;
  if (narrowed) return { icon, title: "No finding matches", why: "Take a filter away to see the others." };
  if (state !== "open") {
    return { icon, title: "Nothing here", why: "Findings come here when they are drafted, dismissed, or not seen any more." };
  }
  if (!data?.lastRun) {
    return {
      icon,
      title: data?.currentRun ? "Looking for the first time" : "Nobody has looked yet",
      why: mayAct
        ? "Once a day the advisor looks at the last seven days. “Look now” above does it at once; it takes a minute."
        : "Once a day the advisor looks at the last seven days. An analyst can have it done at once.",
    };
  }
  return {
    icon,
    title: "Nothing to save was found",
    why: "No lever applies to what you may see of the last seven days. Work that repeats, idles, is tried again or is done by too large a model appears here.",
    action: { label: "See the workload audit", href: "/advisor/audit" },
  };
}

function Totals({ list, at }: { list: FindingList; at: number }) {
  const { total } = list;
  const share = total && Number(total.spendUsd) > 0 ? Number(total.highUsd) / Number(total.spendUsd) : null;
  return (
    <div className="flex flex-col gap-2">
      {total ? (
        <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
          <span className="text-2xl font-semibold tracking-tight tabular">{rangeUsd(total.lowUsd, total.highUsd)}</span>
          <span className="text-[13px] text-muted-foreground tabular">
            in 30 days, of {formatUsd(total.spendUsd)} for API calls and GPUs
            {share === null ? "" : ` (up to ${Math.round(share * 100)} %)`}. Added up without overlap it would be{" "}
            {formatUsd(total.naiveHighUsd)}.
          </span>
        </p>
      ) : null}
      <RunStatus lastRun={list.lastRun} currentRun={list.currentRun} window={list.window} at={at} />
    </div>
  );
}

function Patterns({ list }: { list: FindingList }) {
  return (
    <section aria-label="Patterns" className="grid gap-3 lg:grid-cols-2">
      {list.concentration.length > 0 ? (
        <div className="rounded-lg border bg-card p-4 shadow-card">
          <h2 className="text-sm font-semibold">Where most of it lies</h2>
          <p className="text-[13px] text-muted-foreground">
            {Math.round(list.concentration.reduce((sum, { share }) => sum + share, 0) * 100)} % of what could be saved, in the
            middle of the ranges, is in {list.concentration.length === 1 ? "one place" : `${list.concentration.length} places`}.
          </p>
          <ol className="mt-2 flex flex-col gap-1.5">
            {list.concentration.map(({ subject, usd, share }) => (
              <li key={subject} className="flex items-center gap-3 text-[13px]">
                <Link
                  href={`/advisor?text=${encodeURIComponent(subject)}`}
                  className="min-w-0 flex-1 truncate rounded-sm font-medium text-accent-foreground underline-offset-2 hover:underline"
                >
                  {subject}
                </Link>
                <span aria-hidden className="hidden h-2 w-32 overflow-hidden rounded-full bg-muted sm:block">
                  <span className="block h-full rounded-full bg-primary" style={{ width: `${share * 100}%` }} />
                </span>
                <span className="w-24 text-right tabular">{formatUsd(usd)}</span>
                <span className="w-10 text-right text-muted-foreground tabular">{Math.round(share * 100)} %</span>
              </li>
            ))}
          </ol>
        </div>
      ) : null}
      {list.patterns.length > 0 ? (
        <div className="rounded-lg border bg-card p-4 shadow-card">
          <h2 className="text-sm font-semibold">Failure patterns</h2>
          <ul className="mt-2 flex flex-col gap-3">
            {list.patterns.slice(0, 5).map(({ id, subject, statement, todo, link }) => (
              <li key={`${id} ${subject}`} className="flex flex-col gap-0.5 text-[13px]">
                <span>
                  <Badge variant="warning">{PATTERN_LABEL[id]}</Badge> {statement}
                </span>
                <span className="text-muted-foreground">
                  {todo}{" "}
                  <Link href={link.href} className="font-medium text-accent-foreground underline-offset-2 hover:underline">
                    {link.label}
                  </Link>
                </span>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </section>
  );
}
