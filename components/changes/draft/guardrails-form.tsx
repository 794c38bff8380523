"use client";
import { Plus, RotateCcw, Trash2 } from "lucide-react";
import { SideCard } from "../change/side-card";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { METRIC_LABEL } from "@/lib/changes/guardrails/harm-words";
import { guardrailSchema, type Guardrail } from "@/lib/changes/guardrails/schemas";

const RATIOS: readonly string[] = ["cost_per_successful_request", "tokens_per_request"];
const ALL = Object.keys(METRIC_LABEL) as Guardrail["metric"][];
const MOST = 8;

/** As the schema makes one that says nothing else. */
const made = (metric: Guardrail["metric"], critical: boolean): Guardrail =>
  guardrailSchema.parse({ kind: RATIOS.includes(metric) ? "ratio" : "count", metric, critical });

const hasThreshold = (metric: string) => metric === "slow" || metric === "slow_first_token";

/** What may halt it: at most eight metrics, one to three of them critical. */
export function GuardrailsForm({
  guardrails,
  usual,
  problems,
  onChange,
}: {
  guardrails: readonly Guardrail[];
  usual: boolean;
  problems: Readonly<Record<string, string>>;
  onChange: (guardrails: Guardrail[] | null) => void;
}) {
  const free = ALL.filter((metric) => !guardrails.some((one) => one.metric === metric));
  const replace = (index: number, next: Guardrail) => onChange(guardrails.map((one, at) => (at === index ? next : one)));
  const problem = Object.entries(problems).find(([path]) => path === "guardrails" || path.startsWith("guardrails."))?.[1];
  return (
    <SideCard
      title="What stops it"
      actions={
        usual ? (
          <span className="text-xs text-muted-foreground">the usual guardrails</span>
        ) : (
          <Button size="sm" variant="ghost" onClick={() => onChange(null)}>
            <RotateCcw aria-hidden /> The usual ones
          </Button>
        )
      }
    >
      <p className="text-[13px] text-muted-foreground">
        Certain harm rolls it back. It is promoted only when every critical one is surely within its tolerance.
      </p>
      {guardrails.length === 0 ? null : (
        <ul className="divide-y rounded-md border">
          {guardrails.map((guardrail, index) => (
            <li key={guardrail.metric} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2 text-[13px]">
              <span className="min-w-44 flex-1 font-medium">{METRIC_LABEL[guardrail.metric]}</span>
              <span className="flex items-center gap-1.5 text-muted-foreground">
                up to
                <PercentInput
                  label={`Tolerance of ${METRIC_LABEL[guardrail.metric]} in percent`}
                  fraction={guardrail.tolerance}
                  onChange={(tolerance) => replace(index, { ...guardrail, tolerance })}
                />
                % worse
              </span>
              {guardrail.kind === "count" && hasThreshold(guardrail.metric) ? (
                <span className="flex items-center gap-1.5 text-muted-foreground">
                  over
                  <Input
                    type="number"
                    min={1}
                    max={3_600_000}
                    aria-label={`Threshold of ${METRIC_LABEL[guardrail.metric]} in milliseconds`}
                    placeholder="p95"
                    className="h-7 w-24 px-2 text-[13px]"
                    value={guardrail.thresholdMs ?? ""}
                    onChange={({ target }) =>
                      replace(index, { ...guardrail, thresholdMs: target.value === "" ? null : target.valueAsNumber })
                    }
                  />
                  ms
                </span>
              ) : null}
              <span className="flex min-h-6 items-center gap-2">
                <Checkbox
                  id={`critical-${guardrail.metric}`}
                  checked={guardrail.critical}
                  aria-label={`${METRIC_LABEL[guardrail.metric]} is critical`}
                  onCheckedChange={(on) => replace(index, { ...guardrail, critical: on === true })}
                />
                <label htmlFor={`critical-${guardrail.metric}`}>critical</label>
              </span>
              <Button
                size="icon"
                variant="ghost"
                aria-label={`Remove ${METRIC_LABEL[guardrail.metric]}`}
                onClick={() => onChange(guardrails.filter((_, at) => at !== index))}
              >
                <Trash2 aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {problem ? (
        <p role="alert" className="text-xs text-destructive">
          {problem}
        </p>
      ) : null}
      {guardrails.length < MOST && free.length > 0 ? (
        <Select
          value=""
          onValueChange={(metric) =>
            onChange([...guardrails, made(metric as Guardrail["metric"], !guardrails.some(({ critical }) => critical))])
          }
        >
          <SelectTrigger size="sm" aria-label="Add a guardrail" className="self-start">
            <span className="inline-flex items-center gap-1.5">
              <Plus aria-hidden className="size-4" /> <SelectValue placeholder="Add a guardrail" />
            </span>
          </SelectTrigger>
          <SelectContent>
            {free.map((metric) => (
              <SelectItem key={metric} value={metric}>
                {METRIC_LABEL[metric]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      ) : null}
    </SideCard>
  );
}

function PercentInput({ label, fraction, onChange }: { label: string; fraction: number; onChange: (fraction: number) => void }) {
  return (
    <Input
      type="number"
      min={0}
      max={1_000}
      step={1}
      aria-label={label}
      className="h-7 w-16 px-2 text-[13px]"
      value={Number.isNaN(fraction) ? "" : Number((fraction * 100).toFixed(2))}
      onChange={({ target }) => onChange(target.valueAsNumber / 100)}
    />
  );
}
