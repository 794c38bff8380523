/** Reads incidents. Who is limited to tenants finds only what concerns theirs alone. */
import type pg from "pg";
import type { TenantScope } from "@/lib/auth/actor";
import type { Cause } from "../lifecycle/machine";
import { measuredOf } from "../incidents/measured";
import type { IncidentDetails, IncidentPhase, IncidentView, TransitionView } from "../incidents/schemas";
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

/** Charts cannot tell more apart. */
const MOST_MARKS = 100;

export async function findIncidentsBetween(pool: pg.Pool, tenants: TenantScope, from: Date, to: Date): Promise<IncidentView[]> {
  const { rows } = await pool.query<IncidentRow>(
    `${SELECT} where ${VISIBLE} and i.opened_at >= $2 and i.opened_at < $3 order by i.opened_at desc limit ${MOST_MARKS}`,
    [tenantsParameter(tenants), from, to],
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

/** With the hash of its labels, by which notifications know it. Null: there is none that the reader may see. */
export async function findIncident(
  pool: pg.Pool,
  tenants: TenantScope,
  id: string,
): Promise<(Omit<IncidentDetails, "incidentKey" | "told"> & { labelHash: string }) | null> {
  const { rows } = await pool.query<IncidentRow & { deleted: boolean }>(
    `select i.*, v.definition, r.deleted_at is not null as deleted from alert_incident i
       join alert_rule r on r.id = i.rule_id
       join alert_rule_version v on v.rule_id = i.rule_id and v.version = i.rule_version where ${VISIBLE} and i.id = $2`,
    [tenantsParameter(tenants), id],
  );
  const row = rows[0];
  if (!row) return null;
  const [history, comments] = await Promise.all([
    pool.query<Omit<TransitionView, "at" | "recordedAt"> & { at: Date; recorded_at: Date }>(
      `select number, kind, cause, at, recorded_at, value, by_name as by, note from alert_transition where incident_id = $1 order by number`,
      [id],
    ),
    pool.query<{ id: string; by: string; text: string; at: Date }>(
      "select id, by_name as by, text, at from alert_comment where incident_id = $1 order by at, id",
      [id],
    ),
  ]);
  return {
    ...viewOf(row),
    labelHash: row.label_hash,
    rule: { ...ruleSchema.parse(row.definition), version: row.rule_version, deleted: row.deleted },
    history: history.rows.map(({ at, recorded_at: recordedAt, ...one }) => ({
      ...one,
      at: at.toISOString(),
      recordedAt: recordedAt.toISOString(),
    })),
    comments: comments.rows.map(({ at, ...one }) => ({ ...one, at: at.toISOString() })),
  };
}

/** Does the reader see it? */
export async function isVisible(client: pg.ClientBase, tenants: TenantScope, id: string): Promise<boolean> {
  const { rowCount } = await client.query(`select 1 from alert_incident i where ${VISIBLE} and i.id = $2`, [
    tenantsParameter(tenants),
    id,
  ]);
  return rowCount === 1;
}

export async function insertComment(
  client: pg.ClientBase,
  incidentId: string,
  { byName, text, at }: { byName: string; text: string; at: Date },
): Promise<void> {
  await client.query("insert into alert_comment (incident_id, by_name, text, at) values ($1, $2, $3, $4)", [
    incidentId,
    byName,
    text,
    at,
  ]);
}
