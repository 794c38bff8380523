"use client";
import { BellOff, Check, UserCheck } from "lucide-react";
import Link from "next/link";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { formatInstant, formatMs } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Textarea } from "@/components/ui/textarea";
import { silenceHref } from "@/components/notifications/silences/silence-link";
import { alertLabels } from "@/lib/alerts/incidents/alert-labels";
import { formatMeasured } from "@/lib/alerts/incidents/format-measured";
import type { IncidentDetails } from "@/lib/alerts/incidents/schemas";
import { ALERTS_PATH } from "../rules/use-rules";
import { IncidentBadge, SeverityBadge } from "../state-badges";
import { CAUSE_LABEL, labelText, TRANSITION_LABEL } from "../words";
import { INCIDENTS_PATH } from "./use-incidents";
import { ValueCard } from "./value-card";
import { WhatChanged } from "./what-changed";
import { WhoWasTold } from "./who-was-told";

const LIVE_MS = 5_000;

/** Resolved, and everybody who is to hear of it has. */
const isSettled = ({ phase, told }: IncidentDetails): boolean =>
  phase === "resolved" &&
  told[0]?.kind === "resolved" &&
  told.every(
    ({ deliveries, held }) =>
      deliveries.length + held.length > 0 &&
      deliveries.every(({ status }) => status !== "queued" && status !== "sending") &&
      held.every(({ waiting }) => !waiting),
  );

/** One incident: where it stands, what the rule saw, what changed, what to do, and what was done. */
export function IncidentPage({ id }: { id: string }) {
  const path = `${INCIDENTS_PATH}/${encodeURIComponent(id)}`;
  const query = useApi<IncidentDetails>(path, { refreshMs: (known) => (known && isSettled(known) ? false : LIVE_MS) });
  const [openedAt] = useState(() => Date.now());
  if (!query.data) {
    return (
      <QueryCard title="Incident" query={query} height={400} isEmpty={() => false}>
        {() => null}
      </QueryCard>
    );
  }
  const incident = query.data;
  return (
    <>
      <Head incident={incident} path={path} />
      <div className="grid items-start gap-4 xl:grid-cols-[1fr_24rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <ValueCard incident={incident} now={openedAt} />
          <WhatChanged incident={incident} now={openedAt} />
          <Comments incident={incident} path={path} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <History incident={incident} />
          <WhoWasTold told={incident.told} />
          <Runbook incident={incident} />
        </div>
      </div>
    </>
  );
}

function Head({ incident, path }: { incident: IncidentDetails; path: string }) {
  const { timeZone, user } = useWorkspace();
  const save = useSave<IncidentDetails>(ALERTS_PATH);
  const act = (action: "acknowledge" | "resolve") =>
    void save
      .mutateAsync(
        { method: "POST", path: `${path}/actions`, body: { action } },
        { onError: (error) => void toast.error(error.message) },
      )
      .catch(() => undefined);
  const { measured } = incident;
  const open = incident.phase !== "resolved";
  const mayAct = user.role === "lead" || user.role === "admin";
  const over = measured.side === "above" ? "≥" : "≤";
  const lasted = incident.endedAt ? Date.parse(incident.endedAt) - Date.parse(incident.openedAt) : null;
  const { metric: _metric, ...labels } = alertLabels(incident);
  return (
    <Card>
      <CardHeader>
        <CardTitle className="flex flex-wrap items-center gap-2 text-base">
          {incident.ruleName}
          {Object.keys(incident.labels).length > 0 ? (
            <span className="text-muted-foreground">{labelText(incident.labels)}</span>
          ) : null}
          <IncidentBadge phase={incident.phase} />
          <SeverityBadge severity={incident.severity} />
        </CardTitle>
        <CardDescription>
          {incident.cause === "condition"
            ? `${measured.label} ${over} ${formatMeasured(incident.threshold, measured.unit)}`
            : CAUSE_LABEL[incident.cause]}
          {incident.detail ? `: ${incident.detail}` : ""}
        </CardDescription>
      </CardHeader>
      <CardContent className="flex flex-col gap-3">
        <dl className="grid grid-cols-2 gap-x-6 gap-y-2 text-[13px] sm:grid-cols-4">
          <Fact label="Now" value={open ? formatMeasured(incident.value, measured.unit) : "over"} />
          <Fact label="Worst" value={formatMeasured(incident.worst, measured.unit)} />
          <Fact label="Fired" value={formatInstant(incident.openedAt, timeZone)} />
          <Fact
            label={open ? "Taken on by" : "Lasted"}
            value={open ? (incident.acknowledgedBy ?? "nobody yet") : formatMs(lasted ?? 0)}
          />
        </dl>
        <div className="flex flex-wrap gap-2">
          {mayAct && open ? (
            <>
              {incident.acknowledgedBy === null ? (
                <Button disabled={save.isPending} onClick={() => act("acknowledge")}>
                  <UserCheck aria-hidden /> Acknowledge
                </Button>
              ) : null}
              <Button variant="outline" disabled={save.isPending} onClick={() => act("resolve")}>
                <Check aria-hidden /> Resolve
              </Button>
            </>
          ) : null}
          {mayAct ? (
            <Button variant="outline" asChild>
              <Link href={silenceHref(labels, incident.incidentKey)}>
                <BellOff aria-hidden /> Silence
              </Link>
            </Button>
          ) : null}
          <Button variant="ghost" asChild>
            <Link href={`/alerts/rules/${incident.ruleId}`}>See the rule</Link>
          </Button>
          {user.role === "admin" ? (
            <Button variant="ghost" asChild>
              <Link href={`/alerts/deliveries?incident=${incident.id}`}>Deliveries</Link>
            </Button>
          ) : null}
        </div>
      </CardContent>
    </Card>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd className="font-medium break-words tabular">{value}</dd>
    </div>
  );
}

function History({ incident }: { incident: IncidentDetails }) {
  const { timeZone } = useWorkspace();
  return (
    <Card role="region" aria-label="History">
      <CardHeader>
        <CardTitle>History</CardTitle>
      </CardHeader>
      <CardContent>
        <ol className="flex flex-col gap-2 text-[13px]">
          {incident.history.toReversed().map((one) => (
            <li key={one.number} className="border-l-2 pl-3">
              <p className="font-medium">
                {TRANSITION_LABEL[one.kind]}
                {one.by ? ` by ${one.by}` : ""}
              </p>
              <p className="text-xs text-muted-foreground tabular">
                {formatInstant(one.at, timeZone, { seconds: true })}
                {one.value === null ? "" : `, ${formatMeasured(one.value, incident.measured.unit)}`}
              </p>
              {one.note ? <p className="mt-0.5">{one.note}</p> : null}
            </li>
          ))}
        </ol>
      </CardContent>
    </Card>
  );
}

function Runbook({ incident: { rule } }: { incident: IncidentDetails }) {
  return (
    <Card role="region" aria-label="Runbook">
      <CardHeader>
        <CardTitle>Runbook</CardTitle>
        {rule.owner ? <CardDescription>Owner: {rule.owner}</CardDescription> : null}
      </CardHeader>
      <CardContent className="flex flex-col gap-2 text-[13px]">
        {rule.runbook ? <p className="whitespace-pre-line">{rule.runbook}</p> : null}
        {rule.runbookUrl ? (
          <a
            className="w-fit text-accent-foreground underline underline-offset-2"
            href={rule.runbookUrl}
            target="_blank"
            rel="noreferrer noopener"
          >
            Open the runbook
          </a>
        ) : null}
        {!rule.runbook && !rule.runbookUrl ? (
          <p className="text-muted-foreground">This rule has none. An admin can add one to the rule.</p>
        ) : null}
      </CardContent>
    </Card>
  );
}

function Comments({ incident, path }: { incident: IncidentDetails; path: string }) {
  const { timeZone, user } = useWorkspace();
  const save = useSave<IncidentDetails>(ALERTS_PATH);
  const [text, setText] = useState("");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void save
      .mutateAsync(
        { method: "POST", path: `${path}/comments`, body: { text } },
        { onError: (error) => void toast.error(error.message) },
      )
      .then(() => setText(""))
      .catch(() => undefined);
  };
  return (
    <Card role="region" aria-label="Comments">
      <CardHeader>
        <CardTitle>Comments</CardTitle>
      </CardHeader>
      <CardContent className="flex flex-col gap-3 text-[13px]">
        {incident.comments.length === 0 ? <p className="text-muted-foreground">Nobody has written anything yet.</p> : null}
        <ul className="flex flex-col gap-2">
          {incident.comments.map((comment) => (
            <li key={comment.id} className="rounded-md border px-3 py-2">
              <p className="text-xs text-muted-foreground tabular">
                {comment.by}, {formatInstant(comment.at, timeZone)}
              </p>
              <p className="break-words whitespace-pre-line">{comment.text}</p>
            </li>
          ))}
        </ul>
        {user.role === "viewer" ? null : (
          <form onSubmit={onSubmit} className="flex flex-col gap-2">
            <Field label="Comment">
              {(control) => <Textarea {...control} rows={2} value={text} onChange={(event) => setText(event.target.value)} />}
            </Field>
            <Button type="submit" size="sm" className="self-start" disabled={text.trim() === "" || save.isPending}>
              Add comment
            </Button>
          </form>
        )}
      </CardContent>
    </Card>
  );
}
