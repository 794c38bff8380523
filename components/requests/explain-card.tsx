"use client";
import { BadgeCheck, CircleAlert, TriangleAlert } from "lucide-react";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { Badge } from "@/components/ui/badge";
import { Decimal } from "@/lib/money";
import type { ExplainedRequest } from "@/lib/pricing/explain-request";
import { ExplainedLines } from "./explained-lines";
import { exactUsd, PRICING_LABEL } from "./words";

export type ExplainedAttempt = ExplainedRequest["attempts"][number];

/** Why one attempt cost what it cost: the stored lines, the rule behind them, and what to do where there is no price. */
export function ExplainCost({ attempt }: { attempt: ExplainedAttempt }) {
  const { explanation } = attempt;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Badge variant={explanation.state === "unpriced" ? "warning" : "secondary"}>{PRICING_LABEL[explanation.state]}</Badge>
        <p className="text-[13px] text-muted-foreground">{explanation.reason}</p>
      </div>
      {explanation.whatToDo ? (
        <p className="flex items-start gap-2 rounded-md bg-warning-muted px-3 py-2 text-[13px] text-warning">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            <strong className="font-semibold">What to do: </strong>
            {explanation.whatToDo}
          </span>
        </p>
      ) : null}
      {explanation.lines.length > 0 ? (
        <>
          <ExplainedLines caption="Cost line by line" lines={explanation.lines} totalLabel="Cost of this attempt" />
          <Recount ok={explanation.recounted} />
        </>
      ) : null}
      {explanation.avoided.length > 0 ? (
        <ExplainedLines
          caption="The call that the cache avoided, line by line"
          lines={explanation.avoided}
          totalLabel="Avoided, counted as saved"
        />
      ) : null}
      {explanation.avoided.length === 0 && Number(explanation.savedUsd) > 0 ? (
        <p className="text-[13px] text-muted-foreground">
          The provider&apos;s prefix cache saved <span className="tabular text-foreground">{exactUsd(explanation.savedUsd)}</span>
          : cached tokens at the input price, less what they cost.
        </p>
      ) : null}
      <ProviderDrift attempt={attempt} />
      <RuleFacts rule={explanation.rule} />
    </div>
  );
}

function Recount({ ok }: { ok: boolean }) {
  return ok ? (
    <p className="flex items-center gap-1.5 text-[13px] text-success">
      <BadgeCheck aria-hidden className="size-4" /> Recounted just now: every line follows from its numbers, and the lines add up
      exactly.
    </p>
  ) : (
    <p role="alert" className="flex items-center gap-1.5 text-[13px] text-destructive">
      <CircleAlert aria-hidden className="size-4" /> The stored lines do not add up. Tell your administrator: this row was changed
      after it was priced.
    </p>
  );
}

/** Reported by the sender and calculated here, side by side. */
function ProviderDrift({ attempt }: { attempt: ExplainedAttempt }) {
  if (attempt.providerCostUsd === null) return null;
  const reported = new Decimal(attempt.providerCostUsd);
  const drift = new Decimal(attempt.costUsd).sub(reported);
  return (
    <p className="text-[13px] text-muted-foreground">
      The sender reported <span className="tabular text-foreground">{exactUsd(attempt.providerCostUsd)}</span>
      {attempt.pricingState === "unpriced"
        ? "."
        : drift.isZero()
          ? ", the same as calculated."
          : `; calculated is ${exactUsd(drift.abs().toFixed())} ${drift.isPositive() ? "more" : "less"}.`}
    </p>
  );
}

const BOOK_LABEL: Record<string, string> = { base: "Base price book", workspace: "Workspace price", tenant: "Tenant price" };

function RuleFacts({ rule }: { rule: ExplainedAttempt["explanation"]["rule"] }) {
  const { timeZone } = useWorkspace();
  if (!rule) return null;
  const day = (iso: string | null, absent: string) => (iso === null ? absent : formatInstant(iso, timeZone));
  const inEffect =
    rule.effectiveFrom === null && rule.effectiveTo === null
      ? "at any time"
      : `${day(rule.effectiveFrom, "the beginning")} → ${day(rule.effectiveTo, "further notice")}`;
  const facts: [string, string][] = [
    ["Price book", `${BOOK_LABEL[rule.book] ?? rule.book}${rule.tenantId ? ` of ${rule.tenantId}` : ""}`],
    ["Price of", `${rule.provider} / ${rule.model}`],
    ["Source and version", rule.source],
    ["In effect", inEffect],
    ["Rule", `#${rule.id}`],
    ...(rule.supersededAt
      ? ([["Replaced", `${day(rule.supersededAt, "")}, by a newer version; this cost stays`]] as [string, string][])
      : []),
  ];
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 rounded-md bg-muted px-3 py-2 text-[13px] sm:grid-cols-2 xl:grid-cols-3">
      {facts.map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-2">
          <dt className="shrink-0 text-muted-foreground">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
