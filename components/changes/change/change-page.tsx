"use client";
import { Copy, Download } from "lucide-react";
import Link from "next/link";
import { useMemo } from "react";
import { EvaluationCard } from "@/components/evaluations/evaluation-card";
import { formatAge, formatInstant } from "@/components/format/time-label";
import { Page } from "@/components/layout/page";
import { SavingCard } from "@/components/ledger/saving-card";
import { useWorkspace } from "@/components/layout/workspace";
import { ErrorState, StaleAge, useLastError } from "@/components/states";
import { CardBoundary } from "@/components/states/card-boundary";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/skeleton";
import { withoutEmptyWaves } from "@/lib/changes/rollout/plan";
import { findingIdOf, OPEN_STATUSES, type ChangeView, type RolloutView } from "@/lib/changes/schemas";
import { formatUsd } from "@/lib/money/format";
import { FrozenNow } from "../frozen-now";
import { DetectableTable } from "../preview/detectable-table";
import { ImpactFacts } from "../preview/impact-facts";
import { TouchedTargets } from "../preview/touched-targets";
import { CHANGES_PATH, useChange, useFreezes, useLive, useRollout } from "../use-changes";
import { guardrailInWords, wentBackInWords } from "../words";
import { ActionBox } from "./action-box";
import { DecisionHistory } from "./decision-history";
import { DiffCard } from "./diff-card";
import { GuardrailCard } from "./guardrail-card";
import { prepareTimeline } from "./prepare-timeline";
import { stepMarks } from "./step-marks";
import { ApprovalsCard, ChecksCard, CommentsCard, EvidenceCard } from "./review-cards";
import { RolloutTargets } from "./rollout-targets";
import { SideCard } from "./side-card";
import { StepTimeline } from "./step-timeline";

/** One change: the way it takes, what is seen on it, what it is, and what may be done about it. */
export function ChangePage({ id }: { id: string }) {
  const live = useLive();
  const { timeZone, user } = useWorkspace();
  const query = useChange(id, live);
  const rollout = useRollout(query.data?.rollout?.id ?? null, live);
  const freezes = useFreezes(live);
  const error = useLastError(query);
  const change = query.data;
  if (!change) {
    return (
      <Page title="Change">
        {error ? (
          <ErrorState error={error} onRetry={() => void query.refetch()} title="This change could not be loaded" />
        ) : (
          <>
            <span className="sr-only" role="status">
              Loading
            </span>
            <div className="grid gap-4 xl:grid-cols-[17rem_minmax(0,1fr)_22rem]">
              <Skeleton className="h-96 w-full" />
              <Skeleton className="h-96 w-full" />
              <Skeleton className="h-96 w-full" />
            </div>
          </>
        )}
      </Page>
    );
  }
  const over = ["rejected", "cancelled", "expired", "rolled_back", "failed_preflight"].includes(change.status);
  // In one column: what is happening comes first while it is rolled out, what is proposed before and after.
  const running = change.status === "executing";
  const isOpen = OPEN_STATUSES.some((status) => status === change.status);
  return (
    <Page
      title={
        <span className="break-words">
          <span className="text-muted-foreground tabular">#{change.number}</span> {change.title}
        </span>
      }
      description={
        <>
          {change.author.name},{" "}
          <span title={formatInstant(change.since, timeZone)}>{formatAge(query.dataUpdatedAt - Date.parse(change.since))}</span>
          {" · "}
          {change.edits.join(", ")}
        </>
      }
      actions={
        <>
          <StaleAge query={query} />
          {over && user.role !== "viewer" ? (
            <Button size="sm" variant="outline" asChild>
              <Link href={`/changes/new?clone=${change.id}`}>
                <Copy aria-hidden /> Clone
              </Link>
            </Button>
          ) : null}
          {user.role === "admin" ? (
            <Button size="sm" variant="outline" asChild>
              <a href={`${CHANGES_PATH}/${change.id}/evidence`} download>
                <Download aria-hidden /> Evidence bundle
              </a>
            </Button>
          ) : null}
        </>
      }
    >
      <FrozenNow freezes={freezes.data?.freezes ?? []} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[17rem_minmax(0,1fr)_22rem]">
        {/* What can be done comes first where all is one column: abort must not be below the fold. */}
        <div className="contents lg:col-start-2 lg:row-span-2 lg:row-start-1 lg:flex lg:flex-col lg:gap-4 xl:col-start-3">
          <ActionBox change={change} rollout={rollout.data} className="order-1" />
          <div className={cn("flex min-w-0 flex-col gap-4", running ? "order-4" : "order-2")}>
            <DiffCard change={change} />
            <SavingCard changeId={change.id} />
            {/* What has ended was checked when it began: asked again now, it would be held against itself. */}
            {isOpen ? <ChecksCard change={change} /> : null}
            <EvaluationCard
              changeId={change.id}
              contentHash={change.contentHash}
              required={change.preview.evidence.required}
              open={isOpen && change.status !== "executing"}
            />
            <EvidenceCard change={change} />
            <ApprovalsCard change={change} />
            <CommentsCard change={change} now={query.dataUpdatedAt} />
          </div>
        </div>
        <div className={cn("flex min-w-0 flex-col gap-4 lg:col-start-1 lg:row-start-1", running ? "order-2" : "order-3")}>
          <Steps change={change} rollout={rollout.data} />
          <SideCard title="Why">
            <p className="text-[13px] break-words whitespace-pre-wrap">{change.rationale}</p>
            <WhereFrom change={change} />
          </SideCard>
        </div>
        <div
          className={cn(
            "flex min-w-0 flex-col gap-4 lg:col-start-1 lg:row-start-2 xl:col-start-2 xl:row-start-1",
            running ? "order-3" : "order-4",
          )}
        >
          {change.rollout ? (
            rollout.data ? (
              <Running rollout={rollout.data} />
            ) : rollout.error ? (
              <ErrorState error={rollout.error} onRetry={() => void rollout.refetch()} title="The rollout could not be loaded" />
            ) : (
              <Skeleton className="h-96 w-full" />
            )
          ) : null}
          <Planned change={change} />
        </div>
      </div>
    </Page>
  );
}

function Steps({ change, rollout }: { change: ChangeView; rollout: RolloutView | undefined }) {
  const touchedTargets = change.preview.targets.filter(({ outcome }) => outcome === "changed").length;
  const plan =
    rollout?.plan ?? (touchedTargets > 0 ? withoutEmptyWaves(change.preview.plan, touchedTargets) : change.preview.plan);
  const timeline = prepareTimeline({
    plan,
    state: rollout?.state ?? null,
    touched:
      rollout !== undefined &&
      (rollout.state.step > 0 ||
        [...rollout.history, rollout.state].some(({ phase }) => phase === "deploying" || phase === "soaking")),
    canaryRequests: rollout?.facts?.canaryRequests ?? null,
    nextJudgementAt: rollout?.nextJudgementAt ? Date.parse(rollout.nextJudgementAt) : null,
    targets: rollout ? rollout.targets.length : touchedTargets || null,
  });
  return (
    <SideCard
      title="Steps"
      actions={rollout?.facts && !rollout.facts.splitAsPlanned ? <Badge variant="warning">split is off</Badge> : null}
    >
      <StepTimeline timeline={timeline} />
    </SideCard>
  );
}

function Running({ rollout }: { rollout: RolloutView }) {
  const stops = rollout.facts?.hardStops ?? [];
  const steps = useMemo(() => stepMarks(rollout), [rollout]);
  return (
    <>
      <SideCard
        title="Guardrails"
        actions={
          rollout.facts ? (
            <span className="text-xs text-muted-foreground tabular">
              {rollout.facts.canaryRequests.toLocaleString("en-US")} canary requests in this step
            </span>
          ) : null
        }
      >
        {stops.length > 0 ? (
          <div role="alert" className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px]">
            <p className="font-medium">Hard stop</p>
            {stops.map((stop) => (
              <p key={stop} className="break-words">
                {stop}
              </p>
            ))}
          </div>
        ) : null}
        {rollout.wentBack ? <WentBack wentBack={rollout.wentBack} /> : null}
        {rollout.guardrails.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">The first comparison appears once the canary has served requests.</p>
        ) : (
          <div className="grid gap-3 2xl:grid-cols-2">
            {rollout.guardrails.map((series) => (
              <CardBoundary key={series.guardrail}>
                <GuardrailCard series={series} steps={steps} />
              </CardBoundary>
            ))}
          </div>
        )}
      </SideCard>
      <SideCard title="Targets">
        {rollout.targets.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">None was touched.</p>
        ) : (
          <RolloutTargets targets={rollout.targets} ended={rollout.endedAt !== null} />
        )}
      </SideCard>
      <SideCard title="Decisions">
        <DecisionHistory rollout={rollout} />
      </SideCard>
    </>
  );
}

/** How quickly harm was answered, in the order in which it happened. */
function WentBack({ wentBack }: { wentBack: NonNullable<RolloutView["wentBack"]> }) {
  const { timeZone } = useWorkspace();
  return (
    <p className="rounded-md bg-muted px-3 py-2 text-[13px]" role="status">
      Decided to go back at <span className="tabular">{formatInstant(wentBack.decidedAt, timeZone, { seconds: true })}</span>
      {wentBackInWords(wentBack)}
    </p>
  );
}

/** What was decided beforehand: impact, reach, guardrails, and how small a harm they would see. */
function Planned({ change }: { change: ChangeView }) {
  const { preview, rollout } = change;
  return (
    <>
      <SideCard title="Impact">
        <ImpactFacts preview={preview} />
        {rollout ? null : <TouchedTargets targets={preview.targets} />}
      </SideCard>
      {rollout ? null : (
        <SideCard title="What would stop it">
          <ul className="list-disc space-y-0.5 pl-4 text-[13px]">
            {preview.guardrails.map((guardrail) => (
              <li key={guardrail.metric}>
                {guardrailInWords(guardrail)}
                {guardrail.critical ? <span className="text-muted-foreground"> (critical)</span> : null}
              </li>
            ))}
          </ul>
          <DetectableTable preview={preview} />
        </SideCard>
      )}
    </>
  );
}

/** What it is expected to save, and the finding that said so. */
function WhereFrom({ change: { predictedSaving, origin } }: { change: ChangeView }) {
  if (!predictedSaving) return null;
  const { lowUsd, highUsd, basis } = predictedSaving;
  const finding = findingIdOf(origin);
  return (
    <dl className="mt-3 border-t pt-2 text-[13px]">
      <dt className="text-muted-foreground">Predicted saving in 30 days</dt>
      <dd className="font-medium tabular">
        {lowUsd === highUsd ? formatUsd(highUsd) : `${formatUsd(lowUsd)} – ${formatUsd(highUsd)}`}{" "}
        <span className="font-normal text-muted-foreground">
          ({basis === "measured" ? "from own requests" : "a published range on own spend"})
        </span>
      </dd>
      {finding ? (
        <dd>
          <Link className="font-medium text-accent-foreground underline-offset-2 hover:underline" href={`/advisor?id=${finding}`}>
            The finding it came from
          </Link>
        </dd>
      ) : null}
    </dl>
  );
}
