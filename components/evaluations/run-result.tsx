import { formatInstant } from "@/components/format/time-label";
import { Badge } from "@/components/ui/badge";
import { isOver, type RunView } from "@/lib/evaluations/schemas";
import { ComparisonTable } from "./comparison-table";
import { STATUS_WORDS } from "./words";

/** One run: how far it is, or what came of it and why. */
export function RunResult({ run, current, timeZone }: { run: RunView; current: boolean; timeZone: string }) {
  const { status, reason, report, suite, arms, done, total } = run;
  const { text, variant } = STATUS_WORDS[status];
  const lost = report?.lost ?? [];
  return (
    <div className="flex min-w-0 flex-col gap-2 text-[13px]">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge variant={variant}>{text}</Badge>
        {run.simulated ? <Badge variant="outline">simulated engines</Badge> : null}
        {current ? null : <Badge variant="warning">of an earlier version</Badge>}
        <span className="text-xs text-muted-foreground">{formatInstant(run.endedAt ?? run.createdAt, timeZone)}</span>
      </p>
      <p className="break-words">
        {suite.name} <span className="text-muted-foreground">v{suite.version}</span>
        <span className="block text-xs text-muted-foreground">
          {arms.baseline} against {arms.candidate}, started by {run.startedBy}
        </span>
      </p>
      {isOver(status) ? null : <Progress done={done} total={total} />}
      {reason ? <p className={status === "failed" ? "break-words text-destructive" : "break-words"}>{reason}</p> : null}
      {report ? <ComparisonTable report={report} /> : null}
      {lost.length > 0 ? (
        <details>
          <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
            {lost.length} answers that only the baseline got right
          </summary>
          <ul className="flex max-h-72 flex-col gap-1.5 overflow-y-auto">
            {lost.map(({ caseId, why, answer }) => (
              <li key={caseId} className="break-words">
                <span className="font-medium">{caseId}</span>: {why}
                {answer ? <code className="block text-xs break-all text-muted-foreground">{answer}</code> : null}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

function Progress({ done, total }: { done: number; total: number }) {
  const share = total === 0 ? 0 : done / total;
  return (
    <div className="flex flex-col gap-1">
      <div
        role="progressbar"
        aria-label="Answers"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        className="h-1.5 overflow-hidden rounded-full bg-muted"
      >
        <div className="h-full rounded-full bg-primary" style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </div>
      <span className="text-xs text-muted-foreground tabular">
        {done} of {total} answers
      </span>
    </div>
  );
}
