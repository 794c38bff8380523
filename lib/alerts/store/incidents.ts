/** Reads incidents. Who is limited to tenants finds only what concerns theirs alone. */
import type pg from "pg";
import type { TenantScope } from "@/lib/auth/actor";
import type { Cause } from "../lifecycle/machine";
import { measuredOf } from "../incidents/measured";
import type { IncidentPhase, IncidentView } from "../incidents/schemas";
import { ruleSchema, type Severity } from "../rules/schemas";

interface IncidentRow {
  id: string;
  rule_id: string;
  rule_version: number;
  rule_name: string;
  severity: string;
  cause: string;
  phase: string;
  label_hash: string;
  labels: Record<string, string>;
  tenants: string[];
  value: string | null;
  worst: string | null;
  worst_at: Date | null;
  threshold: string;
  detail: string | null;
  breached_since: Date;
  opened_at: Date;
  ended_at: Date | null;
  acknowledged_by_name: string | null;
  resolved_by_name: string | null;
  definition: unknown;
}

/** `$1` is the tenants of the reader; null sees everything. */
const VISIBLE = "($1::text[] is null or i.tenants <@ $1::text[])";
const SELECT = `select i.*, v.definition from alert_incident i
  join alert_rule_version v on v.rule_id = i.rule_id and v.version = i.rule_version`;

const tenantsParameter = (tenants: TenantScope): string[] | null => (tenants === "all" ? null : [...tenants]);

export interface IncidentFilter {
  state: "open" | "resolved" | "all";
  rule?: string | undefined;
  severity?: string | undefined;
  limit: number;
}

/** Open ones first, then the newest. */
export async function findIncidents(pool: pg.Pool, tenants: TenantScope, filter: IncidentFilter): Promise<IncidentView[]> {
  const { rows } = await pool.query<IncidentRow>(
    `${SELECT} where ${VISIBLE}
       and ($2 = 'all' or (i.phase = 'resolved') = ($2 = 'resolved'))
       and ($3::uuid is null or i.rule_id = $3) and ($4::text is null or i.severity = $4)
     order by i.phase = 'resolved', i.opened_at desc, i.id limit $5`,
    [tenantsParameter(tenants), filter.state, filter.rule ?? null, filter.severity ?? null, filter.limit],
  );
  return rows.map(viewOf);
}

export async function countOpenIncidents(pool: pg.Pool, tenants: TenantScope): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from alert_incident i where ${VISIBLE} and i.phase <> 'resolved'`,
    [tenantsParameter(tenants)],
  );
  return rows[0]!.count;
}

function viewOf(row: IncidentRow): IncidentView {
  const rule = ruleSchema.parse(row.definition);
  return {
    id: row.id,
    ruleId: row.rule_id,
    ruleName: row.rule_name,
    severity: row.severity as Severity,
    cause: row.cause as Cause,
    phase: row.phase as IncidentPhase,
    labels: row.labels,
    measured: measuredOf(rule),
    value: row.value,
    worst: row.worst,
    worstAt: row.worst_at?.toISOString() ?? null,
    threshold: row.threshold,
    detail: row.detail,
    breachedSince: row.breached_since.toISOString(),
    openedAt: row.opened_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    acknowledgedBy: row.acknowledged_by_name,
    resolvedBy: row.resolved_by_name,
  };
}
