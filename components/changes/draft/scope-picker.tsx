"use client";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { useId, useState } from "react";
import { useMetricQuery } from "@/components/query";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import type { PolicyList } from "@/lib/policies/store";
import type { AnyScope } from "@/lib/policies/schemas";
import { DAY_MS, HOUR_MS } from "@/lib/time";

const LEVEL_LABEL: Record<AnyScope["level"], string> = {
  global: "Everywhere",
  environment: "An environment",
  tenant: "A tenant",
  endpoint: "An endpoint",
  pool: "A pool of engines",
  node: "One node",
};

export const levelsOf = (of: "gateways" | "engines", limited: boolean): AnyScope["level"][] =>
  of === "engines" ? (limited ? [] : ["pool", "node"]) : limited ? ["tenant"] : ["global", "environment", "tenant", "endpoint"];

/** What a level offers until somebody chooses; null: nothing is known at that level. */
export function firstOf(level: AnyScope["level"], choices: PolicyList["choices"]): AnyScope | null {
  if (level === "global") return { level, value: null };
  const value = valuesAt(level, choices)[0]?.value;
  return value === undefined ? (level === "endpoint" ? { level, value: "" } : null) : { level, value };
}

function valuesAt(level: AnyScope["level"], choices: PolicyList["choices"]): { value: string; label: string }[] {
  const same = (values: readonly string[]) => values.map((value) => ({ value, label: value }));
  if (level === "environment") return same(choices.environments);
  if (level === "tenant")
    return choices.tenants.map(({ id, name }) => ({ value: id, label: name === id ? id : `${name} (${id})` }));
  if (level === "pool") return same(choices.pools);
  if (level === "node") return same(choices.nodes.map(({ name }) => name));
  return [];
}

/** Whom it concerns. */
export function ScopePicker({
  of,
  choices,
  limited,
  scope,
  onChange,
}: {
  of: "gateways" | "engines";
  choices: PolicyList["choices"];
  limited: boolean;
  scope: AnyScope;
  onChange: (scope: AnyScope) => void;
}) {
  const levels = levelsOf(of, limited).filter((level) => firstOf(level, choices) !== null);
  const values = valuesAt(scope.level, choices);
  const setValue = (value: string) => onChange({ level: scope.level, value } as AnyScope);
  return (
    <div className="flex flex-wrap gap-3">
      <Pick
        label="For"
        value={scope.level}
        options={levels.map((level) => ({ value: level, label: LEVEL_LABEL[level] }))}
        onChange={(level) => {
          const first = firstOf(level as AnyScope["level"], choices);
          if (first) onChange(first);
        }}
      />
      {scope.level === "endpoint" ? (
        <EndpointField value={scope.value} onChange={setValue} />
      ) : scope.level === "global" ? null : (
        <Pick label="Which" value={scope.value} options={values} onChange={setValue} />
      )}
    </div>
  );
}

export function Pick(props: Omit<Parameters<typeof LabelledSelect>[0], "className" | "placeholder">) {
  return <LabelledSelect {...props} placeholder="Choose" className="w-52 max-w-full" />;
}

/** Endpoints come from telemetry; a new one may be typed. */
function EndpointField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const id = useId();
  const [hour] = useState(() => Math.ceil(Date.now() / HOUR_MS) * HOUR_MS);
  const seen = useMetricQuery({
    metrics: ["requests"],
    groupBy: ["endpoint"],
    from: new Date(hour - 7 * DAY_MS).toISOString(),
    to: new Date(hour).toISOString(),
    orderBy: { metric: "requests" },
    limit: 200,
  });
  const names = (seen.data?.rows ?? []).flatMap(({ endpoint }) =>
    typeof endpoint === "string" && endpoint !== "" && !endpoint.startsWith("(") ? [endpoint] : [],
  );
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <Label htmlFor={id}>Which</Label>
      <Input
        id={id}
        list={`${id}-names`}
        className="h-8 w-52 max-w-full text-[13px]"
        placeholder="e.g. support.chat"
        maxLength={200}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      <datalist id={`${id}-names`}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
    </div>
  );
}
