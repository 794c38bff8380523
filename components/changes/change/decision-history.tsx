"use client";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import type { RolloutView } from "@/lib/changes/schemas";
import type { RolloutState } from "@/lib/changes/rollout/state";
import { PHASE_LABEL } from "../words";

const FIRST = 8;

/** What was decided when and why, and the orders that people gave. Newest first. */
export function DecisionHistory({ rollout }: { rollout: Pick<RolloutView, "history" | "commands"> }) {
  const { timeZone } = useWorkspace();
  const entries = [
    ...rollout.history.map(({ at, phase, step, reason, pauses }) => ({
      at,
      who: `Step ${step + 1}, ${PHASE_LABEL[phase as RolloutState["phase"]] ?? phase}${pauses.length > 0 ? ", paused" : ""}`,
      text: reason,
    })),
    ...rollout.commands.map(({ at, by, kind, reason }) => ({ at, who: `${by}: ${kind}`, text: reason })),
  ].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (entries.length === 0) return <p className="text-[13px] text-muted-foreground">Nothing was decided yet.</p>;
  const item = ({ at, who, text }: (typeof entries)[number]) => (
    <li key={`${at} ${who} ${text}`} className="grid gap-x-3 py-1.5 text-[13px] sm:grid-cols-[9.5rem_minmax(0,1fr)]">
      <time dateTime={at} className="text-xs text-muted-foreground tabular sm:pt-0.5">
        {formatInstant(at, timeZone, { seconds: true })}
      </time>
      <span className="min-w-0 break-words">
        <span className="font-medium">{who}</span>
        {text ? <span className="text-muted-foreground"> – {text}</span> : null}
      </span>
    </li>
  );
  return (
    <div>
      <ol className="divide-y">{entries.slice(0, FIRST).map(item)}</ol>
      {entries.length > FIRST ? (
        <details>
          <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
            {entries.length - FIRST} earlier {entries.length - FIRST === 1 ? "entry" : "entries"}
          </summary>
          <ol className="divide-y">{entries.slice(FIRST).map(item)}</ol>
        </details>
      ) : null}
    </div>
  );
}
