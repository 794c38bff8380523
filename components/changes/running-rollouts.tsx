"use client";
import Link from "next/link";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import type { ChangeList, ChangeSummary } from "@/lib/changes/schemas";
import type { PauseReason } from "@/lib/changes/rollout/state";
import { StatusBadge } from "./status-badge";
import { CHANGES_PATH } from "./use-changes";
import { PAUSE_WORDS, PHASE_LABEL } from "./words";

const FRESH_MS = 10_000;

/** What is being rolled out now and how far it is, in a card of another page. */
export function RunningRollouts() {
  const query = useApi<ChangeList>(`${CHANGES_PATH}?status=executing&limit=20`, { refreshMs: FRESH_MS });
  return (
    <QueryCard
      title="Running rollouts"
      query={query}
      height={72}
      isEmpty={({ changes }) => changes.length === 0}
      empty={{ title: "No rollout is running", why: "Approved changes show their steps here while they reach everybody." }}
      actions={
        <Button asChild size="sm" variant="ghost">
          <Link href="/changes">All changes</Link>
        </Button>
      }
    >
      {({ changes }) => (
        <ul className="divide-y">
          {changes.map((change) => (
            <RunningLine key={change.id} change={change} />
          ))}
        </ul>
      )}
    </QueryCard>
  );
}

function RunningLine({ change: { id, number, title, status, rollout } }: { change: ChangeSummary }) {
  const held = rollout?.pauses.map((pause) => PAUSE_WORDS[pause as PauseReason]) ?? [];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-[13px]">
      <Link
        className="min-h-6 min-w-40 flex-1 font-medium break-words underline-offset-2 hover:underline"
        href={`/changes/${id}`}
      >
        <span className="text-muted-foreground tabular">#{number}</span> {title}
      </Link>
      <StatusBadge status={status} />
      {rollout ? (
        <span className="text-muted-foreground">
          Step {rollout.step + 1} of {rollout.steps}, {PHASE_LABEL[rollout.phase]}
        </span>
      ) : null}
      {held.length > 0 ? <span className="basis-full text-warning">{held.join(" ")}</span> : null}
    </li>
  );
}
