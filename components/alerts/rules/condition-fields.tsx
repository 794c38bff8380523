"use client";
import { Field } from "@/components/settings/field";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { Condition } from "@/lib/alerts/rules/schemas";

interface ConditionFieldsProps {
  condition: Condition;
  unit: string;
  errors: Readonly<Record<string, string>>;
  onChange: (condition: Condition) => void;
}

/** What each kind of condition needs to know. */
export function ConditionFields({ condition, unit, errors, onChange }: ConditionFieldsProps) {
  const number = (label: string, field: string, value: string, set: (value: string) => Condition, hint?: string) => (
    <Field label={label} hint={hint} error={errors[field]}>
      {(control) => (
        <Input {...control} inputMode="decimal" value={value} onChange={(event) => onChange(set(event.target.value))} />
      )}
    </Field>
  );
  const choose = (
    label: string,
    value: string,
    options: readonly (readonly [string, string])[],
    set: (value: string) => Condition,
  ) => (
    <LabelledSelect
      label={label}
      value={value}
      options={options.map(([key, name]) => ({ value: key, label: name }))}
      className="w-full"
      onChange={(next) => onChange(set(next))}
    />
  );
  const upDown = [
    ["up", "goes up"],
    ["down", "goes down"],
  ] as const;
  switch (condition.type) {
    case "threshold":
      return (
        <>
          {choose(
            "When it is",
            condition.direction,
            [
              ["above", "at or above (≥)"],
              ["below", "at or below (≤)"],
            ],
            (direction) => ({ ...condition, direction: direction as typeof condition.direction }),
          )}
          {number("Threshold", "value", condition.value, (value) => ({ ...condition, value }), UNIT_HINT[unit])}
        </>
      );
    case "change":
      return (
        <>
          {choose("When it", condition.direction, upDown, (direction) => ({
            ...condition,
            direction: direction as typeof condition.direction,
          }))}
          {number("By at least", "percent", condition.percent, (percent) => ({ ...condition, percent }), "Percent")}
          {choose(
            "Against",
            condition.against,
            [
              ["previous", "the window before"],
              ["last_week", "the same time last week"],
            ],
            (against) => ({ ...condition, against: against as typeof condition.against }),
          )}
        </>
      );
    case "burn_rate":
      return (
        <>
          {number("Budget", "budget", condition.budget, (budget) => ({ ...condition, budget }), "Of one period")}
          <Field label="Period" hint="Days" error={errors["periodDays"]}>
            {(control) => (
              <Input
                {...control}
                type="number"
                min={1}
                max={366}
                value={condition.periodDays}
                onChange={(event) => onChange({ ...condition, periodDays: Number(event.target.value) })}
              />
            )}
          </Field>
          {number(
            "Alarm at",
            "factor",
            condition.factor,
            (factor) => ({ ...condition, factor }),
            "1: 14.4× in 1 h and 5 min, 6× in 6 h and 30 min, or 1× in 3 days and 6 h",
          )}
        </>
      );
    case "anomaly":
      return (
        <>
          {choose("When it", condition.direction, [["both", "is unusual"], ...upDown], (direction) => ({
            ...condition,
            direction: direction as typeof condition.direction,
          }))}
          {number("Score", "score", condition.score, (score) => ({ ...condition, score }), "Against the same hour of the week")}
          {number(
            "Smallest difference",
            "minImpact",
            condition.minImpact,
            (minImpact) => ({ ...condition, minImpact }),
            UNIT_HINT[unit],
          )}
          {number(
            "And at least",
            "minImpactPercent",
            condition.minImpactPercent,
            (minImpactPercent) => ({ ...condition, minImpactPercent }),
            "Percent of the median",
          )}
        </>
      );
    case "no_data":
      return <p className="self-center text-[13px] text-muted-foreground">When nothing was received in the whole window.</p>;
  }
}

const UNIT_HINT: Record<string, string> = {
  usd: "US dollars",
  ratio: "A share: 0.05 is 5 %",
  ms: "Milliseconds",
  tokens: "Tokens",
};
