"use client";
import { ArrowRight, ChevronDown } from "lucide-react";
import Link from "next/link";
import { useId } from "react";
import { guardrailInWords } from "@/components/changes/words";
import { formatMetricValue } from "@/components/format";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import type { FindingView } from "@/lib/advisor/findings/schemas";
import { LEVERS } from "@/lib/advisor/findings/levers";
import { FindingActions } from "./finding-actions";
import { claimsNothing, CONFIDENCE_VARIANT, EFFORT_LABEL, rangeUsd, RISK_LABEL, scopeInWords, STATE_LABEL } from "./words";

/** One way to spend less: what was seen, what it saves, what it risks, and what can be done about it. */
export function FindingCard({ finding, rank }: { finding: FindingView; rank: number }) {
  const titleId = useId();
  const { timeZone } = useWorkspace();
  const nothing = claimsNothing(finding);
  return (
    <Card role="listitem" aria-labelledby={titleId} className="gap-3 p-4">
      <div className="grid gap-x-6 gap-y-3 md:grid-cols-[minmax(0,1fr)_15rem]">
        <div className="flex min-w-0 flex-col gap-2">
          <div className="flex flex-wrap items-center gap-1.5">
            <Badge variant="secondary">{LEVERS[finding.lever].label}</Badge>
            <Badge variant={CONFIDENCE_VARIANT[finding.confidence]} title={finding.confidenceWhy}>
              {finding.confidence} confidence
            </Badge>
            <Badge variant="outline">{EFFORT_LABEL[finding.effort]}</Badge>
            {finding.state === "open" ? null : <Badge>{STATE_LABEL[finding.state]}</Badge>}
          </div>
          <h2 id={titleId} className="text-[15px] font-semibold break-words">
            <span className="text-muted-foreground tabular">{rank}.</span> {finding.title}
          </h2>
          <p className="text-[13px] break-words">{finding.statement}</p>
          <ul aria-label="Evidence" className="flex flex-wrap gap-x-4 gap-y-1 text-[13px]">
            {finding.links.map(({ label, href }) => (
              <li key={label}>
                <Link
                  href={href}
                  className="inline-flex min-h-6 items-center gap-1 rounded-sm font-medium text-accent-foreground underline-offset-2 hover:underline"
                >
                  {label} <ArrowRight className="size-3.5" aria-hidden />
                </Link>
              </li>
            ))}
          </ul>
        </div>
        <div className="flex flex-col gap-1 md:text-right">
          <p className="text-xs text-muted-foreground">{nothing ? "Saving claimed" : "Saves in 30 days"}</p>
          <p className="text-base font-semibold tabular">
            {nothing ? "none: it is for latency" : rangeUsd(finding.savingLowUsd, finding.savingHighUsd)}
          </p>
          {finding.addsHighUsd !== null && !nothing && rank > 1 ? (
            <p className="text-xs text-muted-foreground tabular">
              adds {rangeUsd(finding.addsLowUsd, finding.addsHighUsd)} to those above
            </p>
          ) : null}
          <p className="text-xs text-muted-foreground">
            {finding.basis === "measured" ? "Worked out from your own requests" : "A published range on your own spend"}
          </p>
        </div>
      </div>
      <StateLine finding={finding} timeZone={timeZone} />
      <div className="flex flex-wrap items-start justify-between gap-3">
        <details className="group min-w-0 grow basis-64">
          <summary className="flex min-h-8 w-fit cursor-pointer items-center gap-1 rounded-md px-1 text-[13px] font-medium text-muted-foreground hover:text-foreground [&::-webkit-details-marker]:hidden">
            <ChevronDown className="size-4 group-open:rotate-180" aria-hidden /> Numbers, risk and what to do
          </summary>
          <Details finding={finding} />
        </details>
        <FindingActions finding={finding} />
      </div>
    </Card>
  );
}

function StateLine({ finding, timeZone }: { finding: FindingView; timeZone: string }) {
  const { change, state, stateReason, dismissedUntil } = finding;
  if (state === "open" && !stateReason) return null;
  return (
    <p className="text-[13px] text-muted-foreground">
      {STATE_LABEL[state]} since {formatInstant(finding.stateAt, timeZone)}, {finding.stateBy}
      {stateReason ? `: ${stateReason}` : "."}
      {dismissedUntil ? ` It comes back on ${formatInstant(dismissedUntil, timeZone)}.` : ""}
      {change ? (
        <>
          {" "}
          <Link className="font-medium text-accent-foreground underline-offset-2 hover:underline" href={`/changes/${change.id}`}>
            Change #{change.number}
          </Link>
          , {change.status.replaceAll("_", " ")}.
        </>
      ) : null}
    </p>
  );
}

function Details({ finding }: { finding: FindingView }) {
  const { remedy } = finding;
  const watch = finding.guardrails.length > 0 ? finding.guardrails.map(guardrailInWords) : (finding.watch ?? []);
  return (
    <div className="mt-2 grid gap-x-8 gap-y-4 text-[13px] md:grid-cols-2">
      <section aria-label="Numbers" className="flex flex-col gap-2">
        <h3 className="font-medium">Numbers</h3>
        <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1">
          {finding.numbers.map(({ label, value, unit }) => (
            <div key={label} className="contents">
              <dt className="text-muted-foreground">{label}</dt>
              <dd className="text-right tabular">{unit === "text" ? value : formatMetricValue(value, unit)}</dd>
            </div>
          ))}
        </dl>
        <p className="text-muted-foreground">{finding.method}</p>
        <p className="text-muted-foreground">
          {finding.confidence} confidence: {finding.confidenceWhy}
          {finding.published ? ` Published, for planning: ${finding.published}.` : ""}
        </p>
      </section>
      <section aria-label="Risk" className="flex flex-col gap-2">
        <h3 className="font-medium">Risk</h3>
        <dl className="flex flex-col gap-1">
          <Fact label={`Quality, ${RISK_LABEL[finding.qualityRisk]}`}>{finding.quality}</Fact>
          <Fact label={`Latency, ${RISK_LABEL[finding.latencyRisk]}`}>{finding.latency}</Fact>
          <Fact label="To take it back">{finding.reversibility}</Fact>
        </dl>
      </section>
      <section aria-label="What to do" className="flex flex-col gap-2">
        <h3 className="font-medium">{remedy.title}</h3>
        {finding.prerequisites.length > 0 ? (
          <>
            <p className="text-muted-foreground">First:</p>
            <List items={finding.prerequisites} />
          </>
        ) : null}
        {remedy.kind === "task" ? (
          <>
            <List items={remedy.steps} />
            {remedy.link ? (
              <Link
                className="w-fit font-medium text-accent-foreground underline-offset-2 hover:underline"
                href={remedy.link.href}
              >
                {remedy.link.label}
              </Link>
            ) : null}
          </>
        ) : (
          <ul className="flex flex-col gap-1">
            {remedy.edits.map(({ kind, scope, patch }) => (
              <li key={`${kind} ${scope.value}`} className="min-w-0">
                <span className="text-muted-foreground">
                  {kind} of {scope.level} {scope.value}
                </span>
                <code className="block rounded-md bg-muted px-2 py-1 font-mono text-xs break-all">{JSON.stringify(patch)}</code>
              </li>
            ))}
          </ul>
        )}
      </section>
      {watch.length > 0 ? (
        <section aria-label="Protected by" className="flex flex-col gap-2">
          <h3 className="font-medium">{remedy.kind === "change" ? "Guardrails that halt it" : "Watch meanwhile"}</h3>
          <List items={watch} />
        </section>
      ) : null}
      <p className="text-xs text-muted-foreground md:col-span-2">About {scopeInWords(finding)}.</p>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: string }) {
  return (
    <div>
      <dt className="text-muted-foreground">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const List = ({ items }: { items: readonly string[] }) => (
  <ul className="flex list-disc flex-col gap-1 pl-4">
    {items.map((item) => (
      <li key={item}>{item}</li>
    ))}
  </ul>
);
