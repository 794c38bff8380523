"use client";
import { useState } from "react";
import { useMetricQuery } from "@/components/query";
import { Segmented } from "@/components/ui/segmented";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { DAY_MS, HOUR_MS } from "@/lib/time";
import type { PolicyHeadView } from "@/lib/policies/store/schemas";
import type { Choices, Place } from "./use-place";

const OF = [
  { value: "gateways", label: "Gateways" },
  { value: "engines", label: "Engines" },
] as const;
/** Radix gives "" a meaning of its own. */
const ANY = " any";

/** Where one looks: environment, tenant and endpoint of a gateway; pool and node of an engine. */
export function PlaceBar({
  place,
  choices,
  limited,
  policies,
}: {
  place: Place;
  choices: Choices;
  limited: boolean;
  policies: readonly PolicyHeadView[];
}) {
  const endpoints = useEndpoints(place, policies);
  const { set } = place;
  // What is open belongs to the old place.
  const closed = { kind: null, level: null, show: null };
  return (
    <div className="flex flex-wrap items-end gap-x-3 gap-y-2">
      <Segmented label="Policies of" options={OF} value={place.of} onChange={(of) => void set({ of, ...closed })} />
      {place.of === "gateways" ? (
        <>
          <Pick
            label="Environment"
            value={place.environment}
            options={choices.environments.map((value) => ({ value, label: value }))}
            onChange={(environment) => void set({ environment, ...closed })}
          />
          <Pick
            label="Tenant"
            any={limited ? undefined : "All other tenants"}
            value={place.tenant}
            options={choices.tenants.map(({ id, name }) => ({ value: id, label: name === id ? id : `${name} (${id})` }))}
            onChange={(tenant) => void set({ tenant, ...closed })}
          />
          <Pick
            label="Endpoint"
            any="All other endpoints"
            value={place.endpoint}
            options={endpoints.map((value) => ({ value, label: value }))}
            onChange={(endpoint) => void set({ endpoint, ...closed })}
          />
        </>
      ) : (
        <>
          <Pick
            label="Pool"
            value={place.pool}
            options={choices.pools.map((value) => ({ value, label: value }))}
            onChange={(pool) => void set({ pool, node: null, ...closed })}
          />
          <Pick
            label="Node"
            any="The whole pool"
            value={place.node}
            options={choices.nodes
              .filter(({ pool }) => place.pool === null || pool === place.pool)
              .map(({ name }) => ({ value: name, label: name }))}
            onChange={(node) => void set({ node, ...closed })}
          />
        </>
      )}
    </div>
  );
}

/** Endpoints of the last week, those with a policy, and the one in the address. */
function useEndpoints(place: Place, policies: readonly PolicyHeadView[]): string[] {
  const [hour] = useState(() => Math.ceil(Date.now() / HOUR_MS) * HOUR_MS);
  const seen = useMetricQuery(
    place.of === "engines"
      ? null
      : {
          metrics: ["requests"],
          groupBy: ["endpoint"],
          from: new Date(hour - 7 * DAY_MS).toISOString(),
          to: new Date(hour).toISOString(),
          orderBy: { metric: "requests" },
          limit: 200,
        },
  );
  const known = [
    ...(seen.data?.rows ?? []).flatMap((row) =>
      typeof row.endpoint === "string" && !row.endpoint.startsWith("(") ? [row.endpoint] : [],
    ),
    ...policies.flatMap(({ scope }) => (scope.level === "endpoint" ? [scope.value] : [])),
    ...(place.endpoint ? [place.endpoint] : []),
  ];
  return [...new Set(known)].filter((name) => name !== "").sort();
}

function Pick({
  label,
  value,
  options,
  any,
  onChange,
}: {
  label: string;
  value: string | null;
  options: readonly { value: string; label: string }[];
  any?: string;
  onChange: (value: string | null) => void;
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-xs text-muted-foreground" aria-hidden>
        {label}
      </span>
      <Select value={value ?? (any ? ANY : "")} onValueChange={(next) => onChange(next === ANY ? null : next)}>
        <SelectTrigger size="sm" aria-label={label} className="w-48 max-w-[calc(100vw-2rem)]">
          <SelectValue placeholder="Choose" />
        </SelectTrigger>
        <SelectContent>
          {any ? <SelectItem value={ANY}>{any}</SelectItem> : null}
          {options.map((option) => (
            <SelectItem key={option.value} value={option.value}>
              {option.label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  );
}
