"use client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { explorePath } from "@/components/explore/explore-state";
import { formatBucket, formatInstant } from "@/components/format";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { useSave } from "@/components/settings/use-save";
import { EmptyState, QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { BudgetDetails, BudgetEventView, PeriodView } from "@/lib/alerts/budgets/schemas";
import { BudgetChart } from "./budget-chart";
import { BUDGETS_PATH, chanceWords } from "./budgets-page";
import { UsedBar } from "./used-bar";
import { DRAFT_LABEL, exhaustionWords, METHOD_LABEL, periodWords, STANDING, standingOf, usd, usedShare } from "./words";

/** One budget: spend against it, where it is going, what was said, and what it does. */
export function BudgetPage({ id }: { id: string }) {
  const { timeZone } = useWorkspace();
  const budget = useApi<BudgetDetails>(`${BUDGETS_PATH}/${encodeURIComponent(id)}`, {
    refreshMs: (known) => (known && !known.current && !known.failed ? 2_000 : 10_000),
  });
  const known = budget.data;
  return (
    <Page
      title={known?.name ?? "Budget"}
      description={
        known
          ? `${usd(known.amount)} ${periodWords(known.period)} for ${known.scopeWords}. Owner: ${known.owner.name}.`
          : undefined
      }
      actions={known ? <Actions budget={known} /> : null}
    >
      {known?.failed ? (
        <p role="alert" className="rounded-lg border border-destructive bg-destructive-muted px-4 py-3 text-sm text-destructive">
          It could not be read and is tried again: {known.failed}
        </p>
      ) : null}
      {known?.current?.cappedAt ? (
        <p role="status" className="rounded-lg border bg-destructive-muted px-4 py-3 text-sm text-destructive">
          Gateways have refused {known.scopeWords} since {formatInstant(known.current.cappedAt, timeZone)}. They let it through
          again on {formatInstant(known.current.to, timeZone)}, or seconds after the budget is raised.
        </p>
      ) : null}
      <QueryCard title="This period" query={budget} height={340} isEmpty={() => false}>
        {(data) =>
          data.current ? <Current budget={data} current={data.current} timeZone={timeZone} /> : <NotYet budget={data} />
        }
      </QueryCard>
      <div className="grid gap-4 xl:grid-cols-2">
        <QueryCard
          title="What was said"
          query={budget}
          height={160}
          isEmpty={({ events }) => events.length === 0}
          empty={{ title: "Nothing yet", why: "Thresholds are said once a period, here and in the notifications." }}
        >
          {({ events }) => (
            <DataTable caption="Events" rows={events} columns={eventColumns(timeZone)} rowId={(event) => event.id} />
          )}
        </QueryCard>
        <QueryCard
          title="Periods before"
          query={budget}
          height={160}
          isEmpty={({ past }) => past.length === 0}
          empty={{ title: "No period has ended yet", why: "Each one stays here with what was spent in it." }}
        >
          {({ past }) => (
            <DataTable
              caption="Periods before"
              rows={past}
              columns={pastColumns(timeZone)}
              rowId={(period) => period.from}
              csv="budget-periods"
            />
          )}
        </QueryCard>
      </div>
    </Page>
  );
}

function Actions({ budget }: { budget: BudgetDetails }) {
  const router = useRouter();
  const save = useSave(BUDGETS_PATH);
  const explore = explorePath({ metrics: ["cost_usd"], by: ["modelServed"] });
  const filters = budget.scope
    .map(({ dimension, in: values }) => `${dimension}=${values.map(encodeURIComponent).join(",")}`)
    .join("&");
  const end = () =>
    save.mutateAsync(
      { method: "DELETE", path: `${BUDGETS_PATH}/${budget.id}` },
      {
        onSuccess: () => {
          toast.success(`${budget.name} is not watched any more.`);
          router.push("/budgets");
        },
        onError: (error) => void toast.error(error.message),
      },
    );
  return (
    <>
      <Button asChild variant="outline">
        <Link href={`${explore}${filters ? `${explore.includes("?") ? "&" : "?"}${filters}` : ""}`}>Explore the spend</Link>
      </Button>
      {budget.mayEdit && !budget.archived ? (
        <>
          <Button asChild variant="outline">
            <Link href={`/budgets/${budget.id}/edit`}>Edit</Link>
          </Button>
          <ConfirmDialog
            trigger={<Button variant="ghost">End</Button>}
            title={`End ${budget.name}?`}
            consequence="It is not watched any more, and gateways let through what they refused because of it. What was said stays."
            confirm="End it"
            onConfirm={end}
          />
        </>
      ) : null}
    </>
  );
}

function NotYet({ budget: { period } }: { budget: BudgetDetails }) {
  const begins = period.kind === "anchored" ? ` Its first period begins on ${period.start}.` : "";
  return (
    <EmptyState
      title="Nothing read yet"
      why={`Spend, burn rate and forecast are here seconds after the period began.${begins}`}
    />
  );
}

function Current({ budget, current, timeZone }: { budget: BudgetDetails; current: PeriodView; timeZone: string }) {
  const { forecast, burn } = current.reading;
  const { label, variant } = STANDING[standingOf(budget)];
  const facts: [string, React.ReactNode, string?][] = [
    [
      "State",
      <Badge key="state" variant={variant}>
        {label}
      </Badge>,
    ],
    ["Spent", `${usd(current.spentUsd)} of ${usd(current.limitUsd)}`],
    ["Used", <UsedBar key="used" share={usedShare(current)} />],
    [
      "Forecast for the period",
      forecast ? usd(forecast.expectedUsd) : "from 3 days of history on",
      forecast
        ? `80 %: ${usd(forecast.band80.low)} – ${usd(forecast.band80.high)}; 95 %: ${usd(forecast.band95.low)} – ${usd(forecast.band95.high)}`
        : undefined,
    ],
    [
      "Probability of overrun",
      forecast ? chanceWords(forecast.overrunProbability) : "—",
      forecast
        ? `${METHOD_LABEL[forecast.method]}${forecast.mase === null ? "" : `, error ${forecast.mase.toFixed(2)} of “as before”`}`
        : undefined,
    ],
    [
      "Used up on",
      exhaustionWords(current, timeZone),
      forecast?.exhaustsEarliest ? `at the earliest ${formatInstant(forecast.exhaustsEarliest, timeZone)}` : undefined,
    ],
  ];
  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 md:grid-cols-3 xl:grid-cols-6">
        {facts.map(([name, value, hint]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-muted-foreground">{name}</dt>
            <dd className="text-sm font-medium tabular">{value}</dd>
            {hint ? <dd className="text-xs text-muted-foreground">{hint}</dd> : null}
          </div>
        ))}
      </dl>
      <BudgetChart
        title="Spend since the period began"
        days={current.reading.days}
        forecast={forecast}
        limitUsd={current.limitUsd}
      />
      <div className="grid gap-x-6 gap-y-2 text-[13px] text-muted-foreground md:grid-cols-2">
        <ul aria-label="Burn rates" className="space-y-0.5">
          {burn.map((pair) => (
            <li key={pair.factor} className="tabular">
              {rate(pair.long)} over {span(pair.longSec)} and {rate(pair.short)} over {span(pair.shortSec)}; alarming from{" "}
              {pair.factor}× in both
              {pair.firing ? (
                <Badge className="ml-2" variant="warning">
                  burning fast
                </Badge>
              ) : null}
            </li>
          ))}
        </ul>
        <p>
          Says so at {budget.thresholds.map((percent) => `${percent} %`).join(", ") || "no threshold"}
          {budget.forecastPercent === null ? "" : `, and when the forecast reaches ${budget.forecastPercent} %`}.{" "}
          {budget.hard ? "Used up, gateways refuse what is in scope (429)." : "Nothing is refused when it is used up."}{" "}
          {budget.draft ? `At ${budget.draft.at} % a change is drafted: ${DRAFT_LABEL[budget.draft.template]}.` : ""} From{" "}
          {formatBucket(current.from, "day", timeZone)} to {formatInstant(current.to, timeZone)}, read{" "}
          {formatInstant(current.evaluatedAt, timeZone, { seconds: true })}.
        </p>
      </div>
    </div>
  );
}

const rate = (value: number | null) =>
  value === null ? "unknown" : `${value.toLocaleString("en-US", { maximumFractionDigits: 2 })}×`;
const span = (sec: number) => (sec < 3_600 ? `${sec / 60} min` : sec < 86_400 ? `${sec / 3_600} h` : `${sec / 86_400} d`);

const KIND: Record<BudgetEventView["kind"], { label: string; variant: "outline" | "warning" | "destructive" | "success" }> = {
  threshold: { label: "Threshold", variant: "outline" },
  forecast: { label: "Forecast", variant: "warning" },
  capped: { label: "Capped", variant: "destructive" },
  released: { label: "Released", variant: "success" },
};

const eventColumns = (timeZone: string): DataColumn<BudgetEventView>[] => [
  {
    id: "at",
    header: "When",
    value: (event) => event.at,
    cell: (event) => <span className="tabular">{formatInstant(event.at, timeZone)}</span>,
  },
  {
    id: "kind",
    header: "What",
    value: (event) => event.kind,
    cell: (event) => (
      <Badge variant={KIND[event.kind].variant}>
        {KIND[event.kind].label}
        {event.percent === null ? "" : ` ${event.percent} %`}
      </Badge>
    ),
  },
  {
    id: "text",
    header: "Said",
    value: (event) => event.text,
    cell: (event) => (
      <span className="whitespace-normal">
        {event.text}{" "}
        {event.change ? (
          <Link className="text-accent-foreground underline underline-offset-2" href={`/changes/${event.change.id}`}>
            Drafted change #{event.change.number}: {event.change.title}
          </Link>
        ) : null}
        {event.draftFailed ? <span className="text-destructive">No change could be drafted: {event.draftFailed}</span> : null}
      </span>
    ),
  },
];

const pastColumns = (timeZone: string): DataColumn<BudgetDetails["past"][number]>[] => [
  { id: "from", header: "From", value: (period) => period.from, cell: (period) => formatBucket(period.from, "day", timeZone) },
  { id: "spent", header: "Spent", unit: "usd", value: (period) => period.spentUsd },
  { id: "limit", header: "Budget", unit: "usd", value: (period) => period.limitUsd },
  {
    id: "used",
    header: "Used",
    value: (period) => Number(period.spentUsd) / Number(period.limitUsd),
    cell: (period) => <UsedBar share={Number(period.spentUsd) / Number(period.limitUsd)} />,
  },
  { id: "capped", header: "Capped", value: (period) => (period.capped ? "yes" : "no") },
];
