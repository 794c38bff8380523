"use client";
import Link from "next/link";
import { toast } from "sonner";
import { BudgetTabs } from "@/components/budgets/budget-tabs";
import { usd } from "@/components/budgets/words";
import { explorePath } from "@/components/explore/explore-state";
import { formatInstant } from "@/components/format";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { WORDS } from "@/lib/alerts/anomaly/describe";
import type { AnomalyList, AnomalyPart, AnomalyView } from "@/lib/alerts/anomaly/schemas";

const PATH = "/api/v1/anomalies";
const MOST_PARTS = 6;

/** What was unusual in the last weeks without a rule about it, by how much money it moved. */
export function AnomaliesPage() {
  const { timeZone } = useWorkspace();
  const anomalies = useApi<AnomalyList>(PATH, { refreshMs: (known) => (known && !known.scannedTo ? 5_000 : 60_000) });
  const scannedTo = anomalies.data?.scannedTo;
  return (
    <Page
      title="Anomalies"
      description="Cost, errors, retries and quality of each tenant, endpoint and model against the same hour of the weeks before. Hours around rollouts are left out. Ranked by money."
    >
      <BudgetTabs />
      <QueryCard
        title={
          anomalies.data
            ? `${anomalies.data.items.length} ${anomalies.data.items.length === 1 ? "anomaly" : "anomalies"}`
            : "Anomalies"
        }
        description={
          scannedTo ? `Searched up to ${formatInstant(scannedTo, timeZone)}, once an hour.` : "The first search is under way."
        }
        query={anomalies}
        height={240}
        isEmpty={({ items }) => items.length === 0}
        empty={{
          title: scannedTo ? "Nothing unusual" : "Being searched",
          why: scannedTo
            ? "Every hour was like the same hour of the weeks before. Series need a week of history to be judged."
            : "The hours of the last weeks are searched for the first time; it takes a few seconds.",
        }}
      >
        {({ items }) => (
          <ol className="divide-y">
            {items.map((anomaly) => (
              <Anomaly key={anomaly.id} anomaly={anomaly} timeZone={timeZone} />
            ))}
          </ol>
        )}
      </QueryCard>
    </Page>
  );
}

function Anomaly({ anomaly, timeZone }: { anomaly: AnomalyView; timeZone: string }) {
  const { metric, direction, common, parts, causes } = anomaly;
  const where = Object.entries(common).map(([key, value]) => `${key} ${value}`);
  return (
    <li className="flex flex-col gap-2 py-4 first:pt-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h3 className="text-sm font-semibold">
          {WORDS[metric][direction]}
          {where.length > 0 ? ` at ${where.join(", ")}` : ` in ${parts.length} places`}
        </h3>
        <span className="text-sm font-semibold tabular">{usd(anomaly.impactUsd)}</span>
      </div>
      <p className="text-[13px] text-muted-foreground">
        {formatInstant(anomaly.from, timeZone)} to {formatInstant(anomaly.to, timeZone)}, score {anomaly.score}.{" "}
        {anomaly.ongoing ? <Badge variant="warning">may still go on</Badge> : null}{" "}
        {anomaly.feedback ? (
          <Badge variant={anomaly.feedback === "real" ? "destructive" : "secondary"}>
            {anomaly.feedback === "real" ? "Real" : "Expected"}, says {anomaly.feedbackBy}
          </Badge>
        ) : null}
      </p>
      <div className="grid gap-x-6 gap-y-2 text-[13px] md:grid-cols-2">
        <div>
          <h4 className="text-xs font-medium text-muted-foreground">Where, dearest first</h4>
          <ul className="mt-1 space-y-1">
            {parts.slice(0, MOST_PARTS).map((part) => (
              <li key={`${part.tenant}${part.endpoint}${part.model}`} className="wrap-anywhere">
                {[part.tenant, part.endpoint, part.model].filter(Boolean).join(" / ")}:{" "}
                <span className="tabular">{movedWords(metric, part)}</span>
              </li>
            ))}
            {parts.length > MOST_PARTS ? <li className="text-muted-foreground">and {parts.length - MOST_PARTS} more</li> : null}
          </ul>
        </div>
        {causes ? (
          <div>
            <h4 className="text-xs font-medium text-muted-foreground">What changed, against a week before</h4>
            <ul className="mt-1 space-y-1 tabular">
              {causes.models.map(({ provider, model, beforeUsd, afterUsd }) => (
                <li key={`${provider}${model}`} className="wrap-anywhere">
                  {model}: {usd(beforeUsd)} → {usd(afterUsd)}
                </li>
              ))}
              {causes.drivers.map(({ driver, usd: amount }) => (
                <li key={driver}>
                  {driver}: {Number(amount) > 0 ? "+" : "−"}
                  {usd(String(Math.abs(Number(amount))))}
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
      <Judge anomaly={anomaly} />
    </li>
  );
}

const percent = (share: number) => `${(share * 100).toLocaleString("en-US", { maximumFractionDigits: 1 })} %`;

function movedWords(metric: AnomalyView["metric"], { expected, actual, impactUsd }: AnomalyPart): string {
  if (metric === "cost_usd") return `${usd(String(expected))} → ${usd(String(actual))}`;
  return `${percent(expected)} → ${percent(actual)}, ${usd(impactUsd)} spent on it`;
}

/** To the hours in Explore, and what people say of it. */
function Judge({ anomaly }: { anomaly: AnomalyView }) {
  const { user } = useWorkspace();
  const save = useSave(PATH);
  const say = (feedback: AnomalyView["feedback"]) =>
    void save
      .mutateAsync(
        { method: "PUT", path: `${PATH}/${anomaly.id}`, body: { feedback } },
        { onError: (error) => void toast.error(error.message) },
      )
      .catch(() => undefined);
  const pressed = (feedback: "expected" | "real") => anomaly.feedback === feedback;
  return (
    <div className="flex flex-wrap gap-2">
      <Button asChild size="sm" variant="outline">
        <Link href={exploreHref(anomaly)}>Explore these hours</Link>
      </Button>
      {user.role === "viewer"
        ? null
        : (["expected", "real"] as const).map((feedback) => (
            <Button
              key={feedback}
              size="sm"
              variant={pressed(feedback) ? "default" : "ghost"}
              aria-pressed={pressed(feedback)}
              disabled={save.isPending}
              onClick={() => say(pressed(feedback) ? null : feedback)}
            >
              {feedback === "expected" ? "Expected" : "Real"}
            </Button>
          ))}
    </div>
  );
}

const DAY_MS = 86_400_000;

/** A day before and after, so that the unusual is seen beside the usual. */
function exploreHref({ metric, from, to, common }: AnomalyView): string {
  // Outcomes are of an endpoint; models are only asked of their events.
  const by = metric === "quality_rate" ? (common.tenant ? "endpoint" : "tenant") : common.model ? "tenant" : "modelServed";
  const path = explorePath({ metrics: [metric], by: [by] });
  const params = new URLSearchParams({
    from: new Date(Date.parse(from) - DAY_MS).toISOString(),
    to: new Date(Date.parse(to) + DAY_MS).toISOString(),
  });
  for (const [key, value] of Object.entries(common)) params.set(key === "model" ? "modelServed" : key, value);
  return `${path}${path.includes("?") ? "&" : "?"}${params.toString()}`;
}
