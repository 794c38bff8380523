"use client";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { SideCard } from "@/components/changes/change/side-card";
import { useWorkspace } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { isOver } from "@/lib/evaluations/schemas";
import { RunResult } from "./run-result";
import { StartDialog } from "./start-dialog";
import { EVALUATIONS_PATH, runsPath, useRuns } from "./use-evaluations";

export interface EvaluationCardProps {
  changeId: string;
  /** What the change says now: a run of anything else does not count. */
  contentHash: string;
  /** Whether it cannot be approved without one. */
  required: boolean;
  /** Whether it is still to be decided. */
  open: boolean;
}

/** The newest evaluation of a change, how far it is, and how to run another one. Nothing when none is needed and none was run. */
export function EvaluationCard({ changeId, contentHash, required, open }: EvaluationCardProps) {
  const { user, timeZone } = useWorkspace();
  const query = useRuns(changeId);
  const save = useSave(runsPath(changeId), EVALUATIONS_PATH);
  const [asking, setAsking] = useState(false);
  const runs = query.data?.runs ?? [];
  const [newest, ...earlier] = runs;
  if (!required && !newest) return null;
  const running = newest && !isOver(newest.status);
  const may = user.role !== "viewer";
  const actions = running ? (
    <Button
      size="sm"
      variant="outline"
      disabled={save.isPending}
      onClick={() => save.mutate({ method: "DELETE", path: `${EVALUATIONS_PATH}/runs/${newest.id}` })}
    >
      Cancel
    </Button>
  ) : (
    <Button size="sm" variant={newest ? "outline" : "default"} onClick={() => setAsking(true)}>
      <FlaskConical aria-hidden /> Run evaluation
    </Button>
  );
  const problem = query.error ?? save.error;
  return (
    <SideCard title="Evaluation" actions={may && open && query.data ? actions : null}>
      {newest ? (
        <RunResult run={newest} current={newest.contentHash === contentHash} timeZone={timeZone} />
      ) : (
        <p className="text-[13px] text-muted-foreground" role="status">
          {query.data ? "It changes the answers of a model. Golden prompts have not been asked of it yet." : "Loading"}
        </p>
      )}
      {problem ? (
        <p role="alert" className="text-[13px] break-words text-destructive">
          {problem.message}
        </p>
      ) : null}
      {earlier.length > 0 ? (
        <details>
          <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
            Earlier: {earlier.length}
          </summary>
          <ul className="flex flex-col gap-4 pt-2">
            {earlier.map((run) => (
              <li key={run.id}>
                <RunResult run={run} current={run.contentHash === contentHash} timeZone={timeZone} />
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      {asking ? <StartDialog changeId={changeId} onClose={() => setAsking(false)} /> : null}
    </SideCard>
  );
}
