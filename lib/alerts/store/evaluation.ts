/** What the evaluator reads and writes. Every write is in one transaction that counts only while its claim holds. */
import type pg from "pg";
import type { AlertState, Cause, TransitionKind } from "../lifecycle/machine";
import { ruleSchema, type AlertRule } from "../rules/schemas";
import type { Labels } from "../evaluate/read-observations";

const LEASE_MS = 30_000;

export interface ClaimedRule {
  id: string;
  version: number;
  rule: AlertRule;
  epoch: bigint;
  evaluatedTo: number | null;
}

/** Every claim is a new epoch: of two evaluations only the one that claimed last counts. Null: not due, or another's. */
export async function claimRule(pool: pg.Pool, ruleId: string, holder: string, now: Date): Promise<ClaimedRule | null> {
  const { rows } = await pool.query<{
    id: string;
    version: number;
    definition: unknown;
    epoch: bigint;
    evaluated_to: Date | null;
  }>(
    `update alert_rule set epoch = epoch + 1, lease_holder = $2, lease_until = $4
     where id = $1 and next_at <= $3 and (lease_holder is not distinct from $2 or lease_until is null or lease_until < $3)
     returning id, version, definition, epoch, evaluated_to`,
    [ruleId, holder, now, new Date(now.getTime() + LEASE_MS)],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    id: row.id,
    version: row.version,
    rule: ruleSchema.parse(row.definition),
    epoch: row.epoch,
    evaluatedTo: row.evaluated_to?.getTime() ?? null,
  };
}

/** Rules that are due, by the table: there is nothing that could get lost. */
export async function dueRules(pool: pg.Pool, now: Date): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>("select id from alert_rule where next_at <= $1 order by next_at limit 200", [
    now,
  ]);
  return rows.map(({ id }) => id);
}

/** How late the rule that waits longest is; 0 when none waits. */
export async function readLagMs(pool: pg.Pool, now: Date): Promise<number> {
  const { rows } = await pool.query<{ lag: number | null }>(
    "select extract(epoch from $1::timestamptz - min(next_at))::double precision * 1000 as lag from alert_rule",
    [now],
  );
  return Math.max(0, rows[0]?.lag ?? 0);
}

/** Locks the rule, as everybody who changes it or its alerts does first. False: the claim no longer holds. */
export async function holdsClaim(client: pg.ClientBase, { id, epoch, version }: ClaimedRule): Promise<boolean> {
  const { rows } = await client.query<{ epoch: bigint; version: number; next_at: Date | null }>(
    "select epoch, version, next_at from alert_rule where id = $1 for update",
    [id],
  );
  return rows[0]?.epoch === epoch && rows[0].version === version && rows[0].next_at !== null;
}

export interface Instance {
  labelHash: string;
  labels: Labels;
  state: AlertState;
  value: string | null;
  seenAt: number | null;
  incidentId: string | null;
}

export async function readInstances(client: pg.ClientBase, ruleId: string): Promise<Map<string, Instance>> {
  const { rows } = await client.query<{
    label_hash: string;
    labels: Labels;
    state: AlertState;
    value: string | null;
    seen_at: Date | null;
    incident_id: string | null;
  }>("select label_hash, labels, state, value, seen_at, incident_id from alert_instance where rule_id = $1", [ruleId]);
  return new Map(
    rows.map((row) => [
      row.label_hash,
      {
        labelHash: row.label_hash,
        labels: row.labels,
        state: row.state,
        value: row.value,
        seenAt: row.seen_at?.getTime() ?? null,
        incidentId: row.incident_id,
      },
    ]),
  );
}

export async function writeInstances(client: pg.ClientBase, ruleId: string, instances: readonly Instance[]): Promise<void> {
  if (instances.length === 0) return;
  await client.query(
    `insert into alert_instance (rule_id, label_hash, labels, state, phase, value, seen_at, incident_id)
     select $1, * from unnest($2::text[], $3::json[], $4::json[], $5::text[], $6::text[], $7::timestamptz[], $8::uuid[])
     on conflict (rule_id, label_hash) do update set state = excluded.state, phase = excluded.phase, value = excluded.value,
       seen_at = excluded.seen_at, incident_id = excluded.incident_id`,
    [
      ruleId,
      instances.map((one) => one.labelHash),
      instances.map((one) => JSON.stringify(one.labels)),
      instances.map((one) => JSON.stringify(one.state)),
      instances.map((one) => one.state.phase),
      instances.map((one) => one.value),
      instances.map((one) => (one.seenAt === null ? null : new Date(one.seenAt))),
      instances.map((one) => one.incidentId),
    ],
  );
}

export async function deleteInstances(client: pg.ClientBase, ruleId: string, hashes: readonly string[]): Promise<void> {
  if (hashes.length === 0) return;
  await client.query("delete from alert_instance where rule_id = $1 and label_hash = any($2::text[])", [ruleId, hashes]);
}

/** The lease is given back, so that any process may take the next instant. */
export async function finishEvaluation(
  client: pg.ClientBase,
  { id }: ClaimedRule,
  done: { evaluatedTo: number; nextAt: number; now: Date; error: string | null },
): Promise<void> {
  await client.query(
    `update alert_rule set evaluated_to = $2, next_at = $3, evaluated_at = $4, error = $5, lease_holder = null, lease_until = null
     where id = $1`,
    [id, new Date(done.evaluatedTo), new Date(done.nextAt), done.now, done.error],
  );
}

export interface NewIncident {
  ruleId: string;
  ruleVersion: number;
  ruleName: string;
  severity: string;
  cause: Cause;
  labelHash: string;
  labels: Labels;
  tenants: readonly string[];
  value: string | null;
  threshold: string;
  detail: string | null;
  breachedSince: number;
  openedAt: number;
}

export async function insertIncident(client: pg.ClientBase, incident: NewIncident): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into alert_incident (rule_id, rule_version, rule_name, severity, cause, phase, label_hash, labels, tenants, value, worst,
       worst_at, threshold, detail, breached_since, opened_at, transitions)
     values ($1, $2, $3, $4, $5, 'firing', $6, $7, $8, $9, $9, $13, $10, $11, $12, $13, 0) returning id`,
    [
      incident.ruleId,
      incident.ruleVersion,
      incident.ruleName,
      incident.severity,
      incident.cause,
      incident.labelHash,
      JSON.stringify(incident.labels),
      incident.tenants,
      incident.value,
      incident.threshold,
      incident.detail,
      new Date(incident.breachedSince),
      new Date(incident.openedAt),
    ],
  );
  return rows[0]!.id;
}

export interface NewTransition {
  kind: TransitionKind;
  cause: Cause;
  at: number;
  value: string | null;
  byName: string | null;
  note: string | null;
}

/** Numbered within its incident; the number names the one effect that it has. */
export async function insertTransition(
  client: pg.ClientBase,
  incidentId: string,
  { kind, cause, at, value, byName, note }: NewTransition,
  recordedAt: Date,
): Promise<number> {
  const { rows } = await client.query<{ transitions: number }>(
    "update alert_incident set transitions = transitions + 1 where id = $1 returning transitions",
    [incidentId],
  );
  const number = rows[0]!.transitions;
  await client.query(
    `insert into alert_transition (incident_id, number, kind, cause, at, recorded_at, value, by_name, note)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [incidentId, number, kind, cause, new Date(at), recordedAt, value, byName, note],
  );
  return number;
}

/** Of some evaluations of one alert: the newest value, and the worst. */
export interface Noted {
  value: string;
  worst: string;
  worstAt: number;
}

export async function noteValues(
  client: pg.ClientBase,
  incidentId: string,
  { value, worst, worstAt }: Noted,
  side: "above" | "below",
): Promise<void> {
  const worse = side === "above" ? ">" : "<";
  await client.query(
    `update alert_incident set value = $2,
       worst = case when worst is null or $3::text::numeric ${worse} worst::numeric then $3::text else worst end,
       worst_at = case when worst is null or $3::text::numeric ${worse} worst::numeric then $4 else worst_at end
     where id = $1`,
    [incidentId, value, worst, new Date(worstAt)],
  );
}

interface IncidentChanges {
  phase: string;
  endedAt: number | null;
  acknowledgedByName: string | null;
  resolvedByName: string | null;
}

/** What is null stays as it is. */
export async function updateIncident(client: pg.ClientBase, id: string, changes: Partial<IncidentChanges>): Promise<void> {
  await client.query(
    `update alert_incident set phase = coalesce($2, phase), ended_at = coalesce($3, ended_at),
       acknowledged_by_name = coalesce($4, acknowledged_by_name), resolved_by_name = coalesce($5, resolved_by_name)
     where id = $1`,
    [
      id,
      changes.phase ?? null,
      changes.endedAt == null ? null : new Date(changes.endedAt),
      changes.acknowledgedByName ?? null,
      changes.resolvedByName ?? null,
    ],
  );
}

export interface OpenIncident {
  id: string;
  ruleId: string;
  ruleName: string;
  severity: string;
  cause: Cause;
  phase: string;
  labelHash: string;
  labels: Labels;
  tenants: string[];
  worst: string | null;
  threshold: string;
  detail: string | null;
  openedAt: Date;
  acknowledgedByName: string | null;
  rule: AlertRule;
}

export async function readIncidentFor(client: pg.ClientBase, id: string): Promise<OpenIncident | null> {
  const { rows } = await client.query<Omit<OpenIncident, "rule"> & { definition: unknown }>(
    `select i.id, i.rule_id as "ruleId", i.rule_name as "ruleName", i.severity, i.cause, i.phase, i.label_hash as "labelHash", i.labels,
       i.tenants, i.worst, i.threshold, i.detail, i.opened_at as "openedAt", i.acknowledged_by_name as "acknowledgedByName", v.definition
     from alert_incident i join alert_rule_version v on v.rule_id = i.rule_id and v.version = i.rule_version where i.id = $1`,
    [id],
  );
  const row = rows[0];
  if (!row) return null;
  const { definition, ...rest } = row;
  return { ...rest, rule: ruleSchema.parse(definition) };
}
