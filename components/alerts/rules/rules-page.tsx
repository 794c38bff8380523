"use client";
import { BellPlus, Plus } from "lucide-react";
import Link from "next/link";
import { formatAge } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { measuredOf } from "@/lib/alerts/incidents/measured";
import { formatMeasured } from "@/lib/alerts/incidents/format-measured";
import { thresholdOf } from "@/lib/alerts/rules/compare";
import { SEVERITIES } from "@/lib/alerts/rules/schemas";
import type { RuleView } from "@/lib/alerts/rules/views";
import { SeverityBadge } from "../state-badges";
import { durationText } from "./draft";
import { useRules } from "./use-rules";
import { useSwitchRule } from "./use-switch-rule";
import { YamlDialog } from "./yaml-dialog";

/** Every rule, whether it is on, and what it has open. */
export function RulesPage() {
  const { user } = useWorkspace();
  const query = useRules();
  const admin = user.role === "admin";
  const { busy, toggle } = useSwitchRule();
  return (
    <QueryCard
      title="Rules"
      description="A metric, a part of the traffic, a condition and a time. Each can be tested on the days before now."
      query={query}
      height={320}
      isEmpty={({ rules }) => rules.length === 0}
      empty={{
        icon: <BellPlus />,
        title: "There are no rules that you can see",
        why: "A rule watches a metric and fires when its condition holds.",
        action: { label: "Make a rule", href: "/alerts/rules/new" },
      }}
      actions={
        <>
          {user.role === "viewer" ? null : <YamlDialog admin={admin} />}
          {user.role === "viewer" ? null : (
            <Button size="sm" asChild>
              <Link href="/alerts/rules/new">
                <Plus aria-hidden /> New rule
              </Link>
            </Button>
          )}
        </>
      }
    >
      {({ rules }) => (
        <DataTable
          caption="List of rules"
          rows={rules}
          columns={columnsOf(query.dataUpdatedAt, admin ? { busy, toggle } : null)}
          rowId={(row) => row.id}
          rowHref={(row) => `/alerts/rules/${row.id}`}
          csv="alert-rules"
        />
      )}
    </QueryCard>
  );
}

function columnsOf(now: number, admin: { busy: boolean; toggle: (rule: RuleView) => void } | null): DataColumn<RuleView>[] {
  return [
    {
      id: "name",
      header: "Rule",
      value: (row) => row.name,
      cell: (row) => (
        <span className="flex max-w-md min-w-40 flex-col whitespace-normal">
          <span className="font-medium">{row.name}</span>
          {row.error ? <span className="text-xs text-destructive">{row.error}</span> : null}
        </span>
      ),
    },
    {
      id: "severity",
      header: "Severity",
      value: (row) => SEVERITIES.indexOf(row.severity),
      cell: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      id: "condition",
      header: "Fires when",
      value: sentenceOf,
      cell: (row) => <span className="whitespace-normal">{sentenceOf(row)}</span>,
    },
    {
      id: "open",
      header: "Open",
      value: (row) => row.open,
      align: "right",
      cell: (row) => (row.open > 0 ? <Badge variant="destructive">{row.open}</Badge> : "0"),
    },
    { id: "fired", header: "Fired in 30 days", value: (row) => row.firedLast30Days, unit: "count" },
    {
      id: "evaluated",
      header: "Evaluated",
      value: (row) => row.evaluatedAt,
      cell: (row) => (row.evaluatedAt ? formatAge(Math.max(0, now - Date.parse(row.evaluatedAt))) : "—"),
    },
    { id: "owner", header: "Owner", value: (row) => row.owner || null },
    {
      id: "enabled",
      header: "On",
      value: (row) => (row.enabled ? "on" : "off"),
      cell: (row) =>
        admin ? (
          <button
            type="button"
            role="switch"
            aria-checked={row.enabled}
            aria-label={`${row.name} is on`}
            disabled={admin.busy}
            onClick={(event) => {
              event.stopPropagation();
              admin.toggle(row);
            }}
            className="relative inline-flex h-6 w-10 items-center rounded-full border border-border-strong bg-secondary aria-checked:border-primary aria-checked:bg-primary"
          >
            <span
              aria-hidden
              className={`size-4 rounded-full bg-card shadow-card transition-transform ${row.enabled ? "translate-x-5" : "translate-x-0.5"}`}
            />
          </button>
        ) : (
          <Badge variant={row.enabled ? "success" : "outline"}>{row.enabled ? "On" : "Off"}</Badge>
        ),
    },
  ];
}

function sentenceOf(rule: RuleView): string {
  const { label, unit, side } = measuredOf(rule);
  const time = durationText(rule.windowSec);
  const held = rule.forSec > 0 ? ` for ${durationText(rule.forSec)}` : "";
  if (rule.condition.type === "no_data") return `${label} in ${time}${held}`;
  return `${label} ${side === "above" ? "≥" : "≤"} ${formatMeasured(thresholdOf(rule.condition), unit)} in ${time}${held}`;
}
