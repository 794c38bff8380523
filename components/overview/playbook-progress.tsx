"use client";
import Link from "next/link";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { PLAYBOOKS } from "@/lib/advisor/playbooks/orders";
import type { PlaybookView } from "@/lib/advisor/playbooks/schemas";

const FRESH_MS = 300_000;
const NEXT_SHOWN = 3;

/** How far the endpoints are in the usual playbook, and where the next step is worth it. */
export function PlaybookProgress() {
  const query = useApi<PlaybookView>("/api/v1/advisor/playbooks", { refreshMs: FRESH_MS });
  return (
    <QueryCard
      title="Playbook progress"
      query={query}
      height={120}
      isEmpty={({ endpoints }) => endpoints.length === 0}
      empty={{ title: "No endpoint yet", why: "Endpoints appear here when their requests arrive." }}
      actions={
        <Button asChild size="sm" variant="ghost">
          <Link href="/advisor/playbooks">Playbooks</Link>
        </Button>
      }
    >
      {(view) => <Progress view={view} />}
    </QueryCard>
  );
}

function Progress({ view: { playbook, endpoints, counts } }: { view: PlaybookView }) {
  const toDo = counts.verified + counts.in_change + counts.not_started;
  const worth = endpoints.filter(({ next }) => next?.worth === true);
  return (
    <div className="flex flex-col gap-2 text-[13px]">
      <p>
        <span className="font-medium">{PLAYBOOKS.find(({ id }) => id === playbook)!.title}</span>
        <span className="text-muted-foreground tabular">
          {" "}
          · {counts.verified} of {toDo} steps verified, {counts.in_change} in change
        </span>
      </p>
      <div aria-hidden className="flex h-2 overflow-hidden rounded-full bg-muted">
        <span className="bg-success" style={{ width: `${share(counts.verified, toDo)}%` }} />
        <span className="bg-primary" style={{ width: `${share(counts.in_change, toDo)}%` }} />
      </div>
      {worth.length === 0 ? (
        <p className="text-muted-foreground">No next step is worth a rollout now.</p>
      ) : (
        <ul aria-label="Next steps that are worth it" className="divide-y">
          {worth.slice(0, NEXT_SHOWN).map(({ endpoint, next }) => (
            <li key={endpoint} className="flex flex-wrap gap-x-3 py-1.5">
              <span className="font-medium break-all">{endpoint}</span>
              <span className="min-w-0 flex-1 basis-48 text-muted-foreground">
                {next!.label}. {next!.why}
              </span>
            </li>
          ))}
        </ul>
      )}
      {worth.length > NEXT_SHOWN ? (
        <p className="text-xs text-muted-foreground">And {worth.length - NEXT_SHOWN} more endpoints.</p>
      ) : null}
    </div>
  );
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : (part / whole) * 100);
