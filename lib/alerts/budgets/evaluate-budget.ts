/**
 * One evaluation of one budget by one worker:
 *
 *   claim (lease, epoch) → read spend → one transaction: still ours? → decide → events, notifications, cap, period → due again
 *
 * Killed anywhere, nothing or all of the transaction is there. The epoch keeps a worker whose lease ran out from writing, the
 * unique index of events anybody from saying a threshold twice.
 */
import { appendAudit } from "@/lib/audit";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { formatUsd, nanoToUsd } from "@/lib/money";
import { enqueueNotification } from "@/lib/notifications";
import { MINUTE_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { decideEvents, reachesPercent, thresholdKey, type NewEvent } from "./decide-events";
import { periodAt, type Span } from "./period";
import { readPeriod, type ReadPeriod } from "./read-period";
import { scopeWords } from "./scope";
import {
  budgetOf,
  eventsOf,
  findPeriod,
  inTransaction,
  insertEvent,
  lockClaimed,
  orderDraft,
  rearmEvents,
  releaseBudget,
  savePeriod,
  type Budget,
  type Claim,
} from "./store";

/** Drafts changes and is named in the audit log. */
export const BUDGET_KEEPER: Actor = { ...SYSTEM_ACTOR, id: "budgets", name: "Budgets" };

/** Hard budgets are looked at more often: what is spent before gateways know cannot be taken back. */
const EVALUATED_EVERY_MS = { soft: MINUTE_MS, hard: 10_000 } as const;

/** True: evaluated. False: somebody edited or took it meanwhile, and does it again. */
export async function evaluateBudget(ctx: Ctx, claim: Claim): Promise<boolean> {
  const { now, db } = ctx;
  const budget = budgetOf(await db.prisma.budget.findUniqueOrThrow({ where: { id: claim.id } }));
  const { timeZone } = await loadWorkspace(db);
  const span = periodAt(budget.period, now.getTime(), timeZone);
  const everyMs = EVALUATED_EVERY_MS[budget.row.hard ? "hard" : "soft"];
  const dueAt = new Date(Math.max(now.getTime() + everyMs, span ? 0 : now.getTime() + MINUTE_MS));
  if (!span) return releaseBudget(db.prisma, claim, dueAt, null);
  const read = await readPeriod(ctx, { scope: budget.scope, span, limitNano: budget.limitNano, timeZone });
  return inTransaction(ctx, async (tx) => {
    if (!(await lockClaimed(tx, claim, budget.row.version))) return false;
    await writeEvaluation(tx, ctx, budget, span, read);
    return releaseBudget(tx, claim, dueAt, null);
  });
}

async function writeEvaluation(tx: Tx, ctx: Ctx, budget: Budget, span: Span, read: ReadPeriod): Promise<void> {
  const { row, limitNano } = budget;
  const { now } = ctx;
  const { spentNano, forecastNano } = read;
  const [before, events] = await Promise.all([findPeriod(tx, row.id, span), eventsOf(tx, row.id, span)]);
  const said = events.filter(({ rearmedAt }) => rearmedAt === null);
  const decision = decideEvents({
    limitNano,
    spentNano,
    hard: row.hard,
    thresholds: watchedPercents(budget),
    forecastPercent: row.forecastPercent,
    forecastNano,
    capped: before?.cappedAt != null,
    said,
  });
  await rearmEvents(tx, row.id, span, decision.rearm, now);
  for (const event of decision.events) {
    const arming = events.filter(({ key }) => key === event.key).length;
    const text = textOf(event, budget, span, read);
    const place = { budgetId: row.id, span, now, spentNano, limitNano };
    await insertEvent(tx, place, { ...event, text, arming });
    await announce(tx, ctx, budget, span, event, arming, text, read);
    if (event.kind === "capped" || event.kind === "released") {
      const data = { name: row.name, spentUsd: nanoToUsd(spentNano), limitUsd: nanoToUsd(limitNano) };
      await appendAudit(tx, { actor: BUDGET_KEEPER, now }, { action: `budget.${event.kind}`, subject: `budget:${row.id}`, data });
    }
  }
  // Also when it was said already and somebody asked for the change only then; once a period, whatever is rearmed.
  const { draft } = budget;
  if (draft && reachesPercent(spentNano, draft.at, limitNano) && events.every(({ draftTemplate }) => draftTemplate === null)) {
    await orderDraft(tx, row.id, span, thresholdKey(draft.at), draft.template);
  }
  await savePeriod(tx, {
    budgetId: row.id,
    fromAt: new Date(span.from),
    toAt: new Date(span.to),
    limitNano,
    spentNano,
    cappedAt: decision.capped ? (before?.cappedAt ?? now) : null,
    reading: read.reading,
    evaluatedAt: now,
  });
}

/** What asks for a change is said as well: the draft belongs to it. */
const watchedPercents = ({ row, draft }: Budget): number[] =>
  [...new Set([...row.thresholds, ...(draft ? [draft.at] : [])])].sort((a, b) => a - b);

const money = (nano: bigint) => formatUsd(nanoToUsd(nano));

function textOf(
  { kind, percent }: NewEvent,
  { limitNano, row }: Budget,
  span: Span,
  { spentNano, forecastNano }: ReadPeriod,
): string {
  const of = `${money(spentNano)} of ${money(limitNano)}`;
  switch (kind) {
    case "threshold":
      return `${row.name} has reached ${percent} %: ${of} spent.`;
    case "forecast":
      return `${row.name} is on its way to ${money(forecastNano ?? 0n)} of ${money(limitNano)}: ${percent} % or more by the end of the period.`;
    case "capped":
      return `${row.name} is used up: ${of} spent. Gateways refuse what is in its scope until ${new Date(span.to).toISOString()}, or until it is raised.`;
    case "released":
      return `${row.name} is released: ${of} spent. Gateways let its scope through again.`;
  }
}

const severityOf = ({ kind, percent }: NewEvent) =>
  kind === "capped" || (kind === "threshold" && percent! >= 100)
    ? ("critical" as const)
    : kind === "forecast" || (kind === "threshold" && percent! >= 80)
      ? ("warning" as const)
      : ("info" as const);

async function announce(
  tx: Tx,
  { now }: Ctx,
  { row, scope, limitNano }: Budget,
  span: Span,
  event: NewEvent,
  arming: number,
  text: string,
  { spentNano, reading }: ReadPeriod,
): Promise<void> {
  const period = new Date(span.from).toISOString();
  const { forecast } = reading;
  await enqueueNotification(tx, {
    dedupeKey: `budget:${row.id}:${period}:${event.key}:${arming}`,
    source: "budget",
    kind: event.kind,
    severity: severityOf(event),
    title: text.split(": ")[0]!,
    body: text,
    path: `/budgets/${row.id}`,
    labels: { budget: row.name, ...labelsOf(scope) },
    tenants: row.tenants,
    groupKey: `budget:${row.id}:${period}`,
    facts: [
      { label: "Scope", value: scopeWords(scope) },
      { label: "Spent", value: `${money(spentNano)} of ${money(limitNano)}` },
      ...(forecast ? [{ label: "Forecast", value: formatUsd(forecast.expectedUsd) }] : []),
      { label: "Period ends", value: new Date(span.to).toISOString() },
    ],
    at: now,
  });
}

/** One value is a label that routes can match. */
const labelsOf = (scope: Budget["scope"]): Record<string, string> =>
  Object.fromEntries(
    scope.flatMap(({ dimension, in: [value, ...more] }) => (value && more.length === 0 ? [[dimension, value]] : [])),
  );
