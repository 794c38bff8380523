"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { type ApiError, callApi } from "@/components/query";
import { EmptyState, ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Skeleton } from "@/components/ui/skeleton";
import type { AuditPage, AuditVerdict } from "@/lib/audit/schemas";
import { AuditTable } from "./audit-table";

export function AuditSettings() {
  const [action, setAction] = useState("");
  const [actor, setActor] = useState("");
  const query = useInfiniteQuery<AuditPage, ApiError>({
    queryKey: ["audit", action, actor],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const filters = { action: action.trim(), actor: actor.trim(), before: String(pageParam) };
      const search = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
      return callApi<AuditPage>(`/api/v1/audit?${search}`, { signal });
    },
    getNextPageParam: (page) => page.next,
  });
  const events = query.data?.pages.flatMap((page) => page.events);
  return (
    <Card role="region" aria-labelledby="audit-title" aria-busy={query.isFetching}>
      <CardHeader>
        <CardTitle id="audit-title">Audit log</CardTitle>
        <CardDescription>
          Who changed what, and when. Each event carries the hash of the one before, so that no change of the past goes unnoticed.
        </CardDescription>
        <CardAction>
          <Verify />
        </CardAction>
      </CardHeader>
      <CardContent className="flex flex-col gap-3">
        <div className="flex flex-wrap gap-3">
          <div className="flex flex-col gap-1.5">
            <Label htmlFor="audit-action">Action</Label>
            <Input
              id="audit-action"
              className="w-52"
              placeholder="user, or api_key.create"
              value={action}
              onChange={(event) => setAction(event.target.value)}
            />
          </div>
          <div className="flex flex-col gap-1.5">
            <Label htmlFor="audit-actor">By</Label>
            <Input
              id="audit-actor"
              className="w-52"
              placeholder="Name"
              value={actor}
              onChange={(event) => setActor(event.target.value)}
            />
          </div>
        </div>
        {events === undefined ? (
          query.isError ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton className="h-60 w-full" />
          )
        ) : events.length === 0 ? (
          <EmptyState
            title="No event matches"
            why="Actions are written like user.update or api_key.create; the first part alone finds them all."
          />
        ) : (
          <AuditTable events={events} />
        )}
        {query.hasNextPage ? (
          <Button
            variant="outline"
            size="sm"
            className="self-center"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Older events
          </Button>
        ) : null}
      </CardContent>
    </Card>
  );
}

type Outcome = { verdict: AuditVerdict; at: number } | { error: string };

function Verify() {
  const { timeZone } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  async function verify() {
    setBusy(true);
    try {
      setOutcome({ verdict: await callApi<AuditVerdict>("/api/v1/audit/verify"), at: Date.now() });
    } catch (error) {
      setOutcome({ error: error instanceof Error ? error.message : "Verifying failed." });
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className="flex flex-col items-end gap-1.5">
      <Button size="sm" variant="outline" disabled={busy} onClick={() => void verify()}>
        <ShieldCheck aria-hidden /> {busy ? "Verifying…" : "Verify chain"}
      </Button>
      <div role="status" className="max-w-80 text-right text-xs">
        {outcome === undefined ? null : "error" in outcome ? (
          <span className="text-destructive">{outcome.error}</span>
        ) : outcome.verdict.ok ? (
          <span className="text-success">
            Unbroken: {outcome.verdict.checked} events, {formatInstant(outcome.at, timeZone, { seconds: true })}. Head{" "}
            <code className="font-mono" title={outcome.verdict.head.hash}>
              {outcome.verdict.head.seq}:{outcome.verdict.head.hash.slice(0, 12)}…
            </code>
            <CopyButton
              value={`${outcome.verdict.head.seq}:${outcome.verdict.head.hash}`}
              label="Copy head, to be kept outside the database"
              className="size-6"
            />
          </span>
        ) : (
          <span className="text-destructive">
            <ShieldAlert className="inline size-4" aria-hidden /> Broken at event {outcome.verdict.broken?.seq}:{" "}
            {outcome.verdict.broken?.reason}
          </span>
        )}
      </div>
    </div>
  );
}
