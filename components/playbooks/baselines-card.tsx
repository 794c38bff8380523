"use client";
import { useState } from "react";
import { compareValues, formatMetricValue, formatRelative } from "@/components/format";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { BaselineView, CreateBaseline } from "@/lib/advisor/governance/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { DAY_MS, floorToUtcHour } from "@/lib/time";
import { DeleteButton } from "./delete-button";
import { FormDialog } from "./form-dialog";
import { NO_SCOPE, ScopeFields, scopeInWords, scopeOf } from "./scope-fields";
import { useAtLeast } from "@/components/layout/use-at-least";

const PATH = "/api/v1/advisor/baselines";

/** Frozen numbers beside the same length of time up to now. */
export function BaselinesCard() {
  const query = useApi<{ baselines: BaselineView[] }>(PATH);
  const mayFreeze = useAtLeast("analyst");
  const [open, setOpen] = useState(false);
  const freeze = { label: "Freeze a baseline", onClick: () => setOpen(true) };
  return (
    <>
      <QueryCard
        title="Baselines"
        description="Metrics of a period, frozen: late data change nothing of them. Beside them the same length of time up to now."
        actions={
          mayFreeze ? (
            <Button size="sm" variant="outline" onClick={freeze.onClick}>
              {freeze.label}
            </Button>
          ) : null
        }
        query={query}
        height={120}
        isEmpty={({ baselines }) => baselines.length === 0}
        empty={{
          title: "No baseline yet",
          why: "Freeze one before a change, so that there is something to compare with afterwards.",
        }}
      >
        {({ baselines }) => (
          <ul className="flex flex-col gap-5">
            {baselines.map((baseline) => (
              <Baseline key={baseline.id} baseline={baseline} />
            ))}
          </ul>
        )}
      </QueryCard>
      {open ? <FreezeDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Baseline({ baseline }: { baseline: BaselineView }) {
  const { timeZone } = useWorkspace();
  const mayDelete = useAtLeast("lead");
  const known = baseline.metrics.filter(({ frozen, now }) => frozen !== null || now !== null);
  return (
    <li className="flex min-w-0 flex-col gap-1.5">
      <div className="flex items-start justify-between gap-2">
        <p className="text-sm">
          <span className="font-medium">{baseline.name}</span>{" "}
          <span className="text-[13px] text-muted-foreground">
            {scopeInWords(baseline.scope)} · {formatInstant(baseline.from, timeZone)} to {formatInstant(baseline.to, timeZone)} ·
            by {baseline.createdBy}
          </span>
        </p>
        {mayDelete ? <DeleteButton path={`${PATH}/${baseline.id}`} collection={PATH} name={baseline.name} /> : null}
      </div>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={`Baseline ${baseline.name}`}>
        <table className="w-full text-[13px] tabular">
          <thead>
            <tr className="text-xs text-muted-foreground">
              <th scope="col" className="py-1 text-left font-medium">
                Metric
              </th>
              <th scope="col" className="py-1 pl-3 text-right font-medium">
                Frozen
              </th>
              <th scope="col" className="py-1 pl-3 text-right font-medium">
                Now
              </th>
              <th scope="col" className="py-1 pl-3 text-right font-medium">
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {known.map(({ id, frozen, now }) => {
              const metric = METRICS.get(id);
              const unit = metric?.unit ?? "count";
              const change = compareValues(now, frozen, metric?.direction ?? "neutral");
              return (
                <tr key={id} className="border-t">
                  <th scope="row" className="py-1 text-left font-normal">
                    {metric?.label ?? id}
                  </th>
                  <td className="py-1 pl-3 text-right">{formatMetricValue(frozen, unit)}</td>
                  <td className="py-1 pl-3 text-right">{formatMetricValue(now, unit)}</td>
                  <td
                    className={cn(
                      "py-1 pl-3 text-right whitespace-nowrap",
                      change.kind === "moved" && change.verdict === "better" && "text-success",
                      change.kind === "moved" && change.verdict === "worse" && "text-destructive",
                    )}
                  >
                    {change.kind === "moved" && change.relative !== null
                      ? `${change.trend === "up" ? "+" : "−"}${formatRelative(change.relative)}${change.verdict === "neutral" ? "" : `, ${change.verdict}`}`
                      : "—"}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </li>
  );
}

const PERIODS = [
  { value: "7", label: "Last 7 days" },
  { value: "14", label: "Last 14 days" },
  { value: "30", label: "Last 30 days" },
] as const;

function FreezeDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("7");
  const [scope, setScope] = useState(NO_SCOPE);
  const body = (): CreateBaseline => {
    const to = floorToUtcHour(Date.now());
    return {
      name,
      scope: scopeOf(scope),
      from: new Date(to - Number(days) * DAY_MS).toISOString(),
      to: new Date(to).toISOString(),
    };
  };
  return (
    <FormDialog
      title="Freeze a baseline"
      description="What the metrics say of a period now is kept under a name."
      action="Freeze"
      done="The baseline is frozen."
      refreshes={PATH}
      request={() => ({ method: "POST", path: PATH, body: body() })}
      onClose={onClose}
    >
      <Field label="Name" hint="For example: before caching.">
        {(control) => <Input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <LabelledSelect label="Period" value={days} options={PERIODS} className="w-full" onChange={setDays} />
      <ScopeFields value={scope} onChange={setScope} />
    </FormDialog>
  );
}
