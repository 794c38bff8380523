"use client";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { STRATEGIES, usualPlan, type RolloutPlan } from "@/lib/changes/rollout/plan";
import { SideCard } from "../change/side-card";
import { planInWords, STRATEGY_LABEL } from "../words";
import { readShares } from "./draft-state";

type Numeric = "soakMin" | "bakeMin" | "minTraffic" | "minTargets" | "stepDeadlineMin" | "maxSoakMin";

const NUMBERS: { key: Numeric; label: string; hint: string; min: number; max: number }[] = [
  { key: "soakMin", label: "Each step is compared (min)", hint: "Least time before it is judged.", min: 0, max: 1_440 },
  {
    key: "bakeMin",
    label: "Watched at the end (min)",
    hint: "With everybody on it, before it is promoted.",
    min: 0,
    max: 10_080,
  },
  { key: "minTraffic", label: "Canary requests a step needs", hint: "Fewer are not judged.", min: 0, max: 10_000_000 },
  { key: "minTargets", label: "Healthy targets a step needs", hint: "Fewer: it stands still.", min: 1, max: 10_000 },
  { key: "stepDeadlineMin", label: "Applied within (min)", hint: "Of each step.", min: 1, max: 1_440 },
  { key: "maxSoakMin", label: "Waits for traffic at most (min)", hint: "Then a person decides.", min: 1, max: 10_080 },
];

const ON_DEADLINE = [
  { value: "rollback", label: "Go back" },
  { value: "leave_stragglers", label: "Go on without them" },
] as const;

/** In which steps it reaches everybody. Shows the usual plan until somebody changes it. */
export function PlanForm({
  plan,
  usual,
  problems,
  onChange,
}: {
  plan: RolloutPlan;
  /** Nobody has changed it. */
  usual: boolean;
  problems: Readonly<Record<string, string>>;
  onChange: (plan: RolloutPlan | null) => void;
}) {
  const set = (over: Partial<RolloutPlan>) => onChange({ ...plan, ...over });
  return (
    <SideCard
      title="How it is rolled out"
      actions={
        usual ? (
          <span className="text-xs text-muted-foreground">the usual plan</span>
        ) : (
          <Button size="sm" variant="ghost" onClick={() => onChange(null)}>
            <RotateCcw aria-hidden /> The usual plan
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-1.5">
        <Segmented
          label="Strategy"
          className="self-start"
          options={STRATEGIES.map((value) => ({ value, label: STRATEGY_LABEL[value].name }))}
          value={plan.strategy}
          onChange={(strategy) => set({ strategy, sharesPercent: usualPlan(strategy).sharesPercent, askBefore: [] })}
        />
        <p className="text-[13px] text-muted-foreground">{STRATEGY_LABEL[plan.strategy].what}</p>
      </div>
      {plan.strategy === "all" ? null : (
        <Shares key={plan.strategy} plan={plan} error={problems["plan.sharesPercent"]} onSet={set} />
      )}
      <details className="group">
        <summary className="w-fit cursor-pointer rounded-sm py-1 text-[13px] text-accent-foreground">
          Times, traffic and deadlines
        </summary>
        <div className="mt-2 grid gap-3 sm:grid-cols-2">
          {NUMBERS.map(({ key, label, hint, min, max }) => (
            <Field key={key} label={label} hint={hint} error={problems[`plan.${key}`]}>
              {(control) => (
                <Input
                  {...control}
                  type="number"
                  className="h-8 text-[13px]"
                  min={min}
                  max={max}
                  step={key.endsWith("Min") ? "any" : 1}
                  value={Number.isNaN(plan[key]) ? "" : plan[key]}
                  onChange={({ target }) => set({ [key]: target.valueAsNumber })}
                />
              )}
            </Field>
          ))}
          <Field
            label="Spends at most ($ an hour)"
            hint="Then it goes back. Empty: three times the dearest hour of the day before."
            error={problems["plan.spendCeilingUsdPerHour"]}
          >
            {(control) => (
              <Input
                {...control}
                type="number"
                className="h-8 text-[13px]"
                min={0.01}
                max={1_000_000}
                step="any"
                value={plan.spendCeilingUsdPerHour ?? ""}
                onChange={({ target }) => {
                  const { spendCeilingUsdPerHour: _, ...rest } = plan;
                  onChange(target.value === "" ? rest : { ...rest, spendCeilingUsdPerHour: target.valueAsNumber });
                }}
              />
            )}
          </Field>
        </div>
        <div className="mt-3 flex flex-col gap-1.5">
          <span className="text-[13px] font-medium">Targets that miss the deadline</span>
          <Segmented
            label="Targets that miss the deadline"
            className="self-start"
            options={ON_DEADLINE}
            value={plan.onDeadline}
            onChange={(onDeadline) => set({ onDeadline })}
          />
        </div>
        {plan.sharesPercent.length > 1 ? (
          <fieldset className="mt-3">
            <legend className="mb-1.5 text-[13px] font-medium">Ask a person before</legend>
            <div className="flex flex-wrap gap-x-4 gap-y-2">
              {plan.sharesPercent.map((share, index) => (
                <label key={share} className="flex min-h-6 items-center gap-2 text-[13px]">
                  <Checkbox
                    checked={plan.askBefore.includes(index)}
                    onCheckedChange={(on) =>
                      set({
                        askBefore:
                          on === true
                            ? [...plan.askBefore, index].toSorted((a, b) => a - b)
                            : plan.askBefore.filter((step) => step !== index),
                      })
                    }
                  />
                  {share} %
                </label>
              ))}
            </div>
          </fieldset>
        ) : null}
      </details>
      <p className="text-[13px]">{planInWords(plan)}.</p>
    </SideCard>
  );
}

function Shares({
  plan,
  error,
  onSet,
}: {
  plan: RolloutPlan;
  error: string | undefined;
  onSet: (over: Partial<RolloutPlan>) => void;
}) {
  const [text, setText] = useState<string | null>(null);
  const broken = text !== null && readShares(text) === null;
  return (
    <Field
      label={`Steps (% ${STRATEGY_LABEL[plan.strategy].share})`}
      hint="Rising, the last is 100."
      error={broken ? "Numbers, separated by commas." : error}
    >
      {(control) => (
        <Input
          {...control}
          className="h-8 text-[13px]"
          value={text ?? plan.sharesPercent.join(", ")}
          onBlur={() => (broken ? undefined : setText(null))}
          onChange={({ target }) => {
            setText(target.value);
            const sharesPercent = readShares(target.value);
            if (sharesPercent) onSet({ sharesPercent, askBefore: plan.askBefore.filter((step) => step < sharesPercent.length) });
          }}
        />
      )}
    </Field>
  );
}
