/** Rules and their versions. Changing one locks its row first, as the evaluator does. */
import type pg from "pg";
import { ruleSchema, type AlertRule } from "../rules/schemas";
import type { RuleView } from "../rules/views";

interface RuleRow {
  id: string;
  enabled: boolean;
  version: number;
  definition: unknown;
  pack_id: string | null;
  created_by_name: string;
  created_at: Date;
  updated_by_name: string;
  updated_at: Date;
  deleted_at: Date | null;
  evaluated_at: Date | null;
  evaluated_to: Date | null;
  error: string | null;
  open: number;
  fired: number;
}

export interface StoredRule {
  id: string;
  enabled: boolean;
  version: number;
  rule: AlertRule;
  deletedAt: Date | null;
}

const toView = (row: RuleRow): RuleView => ({
  ...ruleSchema.parse(row.definition),
  id: row.id,
  enabled: row.enabled,
  version: row.version,
  builtIn: row.pack_id !== null,
  createdBy: row.created_by_name,
  createdAt: row.created_at.toISOString(),
  updatedBy: row.updated_by_name,
  updatedAt: row.updated_at.toISOString(),
  deleted: row.deleted_at !== null,
  evaluatedAt: row.evaluated_at?.toISOString() ?? null,
  evaluatedTo: row.evaluated_to?.toISOString() ?? null,
  error: row.error,
  open: row.open,
  firedLast30Days: row.fired,
});

/** `$1`: tenants of the reader, null for all; `$2`: now. Counts are of the incidents that the reader may see. */
const SELECT = `select r.*, n.open, n.fired from alert_rule r cross join lateral (
    select count(*) filter (where i.phase <> 'resolved')::int as open,
           count(*) filter (where i.opened_at >= $2::timestamptz - interval '30 days')::int as fired
      from alert_incident i where i.rule_id = r.id and ($1::text[] is null or i.tenants <@ $1::text[])) n`;

export async function findRules(pool: pg.Pool, tenants: readonly string[] | null, now: Date): Promise<RuleView[]> {
  const { rows } = await pool.query<RuleRow>(`${SELECT} where r.deleted_at is null order by lower(r.name), r.id`, [tenants, now]);
  return rows.map(toView);
}

/** Deleted ones too: their incidents still speak of them. */
export async function findRule(
  pool: pg.Pool,
  id: string,
  tenants: readonly string[] | null,
  now: Date,
): Promise<RuleView | null> {
  const { rows } = await pool.query<RuleRow>(`${SELECT} where r.id = $3`, [tenants, now, id]);
  return rows[0] ? toView(rows[0]) : null;
}

export async function findVersions(
  pool: pg.Pool,
  id: string,
): Promise<{ version: number; by: string; at: string; rule: AlertRule }[]> {
  const { rows } = await pool.query<{ version: number; by_name: string; at: Date; definition: unknown }>(
    "select version, by_name, at, definition from alert_rule_version where rule_id = $1 order by version desc limit 50",
    [id],
  );
  return rows.map((row) => ({
    version: row.version,
    by: row.by_name,
    at: row.at.toISOString(),
    rule: ruleSchema.parse(row.definition),
  }));
}

export async function lockRule(client: pg.ClientBase, id: string): Promise<StoredRule | null> {
  const { rows } = await client.query<{
    id: string;
    enabled: boolean;
    version: number;
    definition: unknown;
    deleted_at: Date | null;
  }>("select id, enabled, version, definition, deleted_at from alert_rule where id = $1 for update", [id]);
  const row = rows[0];
  return row
    ? {
        id: row.id,
        enabled: row.enabled,
        version: row.version,
        rule: ruleSchema.parse(row.definition),
        deletedAt: row.deleted_at,
      }
    : null;
}

export interface NewRule {
  rule: AlertRule;
  enabled: boolean;
  packId: string | null;
  byName: string;
  at: Date;
}

/** Null: that rule of the pack is there already. */
export async function insertRule(client: pg.ClientBase, { rule, enabled, packId, byName, at }: NewRule): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    `insert into alert_rule (name, enabled, version, definition, pack_id, created_by_name, created_at, updated_by_name, updated_at, next_at)
     values ($1, $2, 1, $3, $4, $5, $6, $5, $6, $7) on conflict (pack_id) do nothing returning id`,
    [rule.name, enabled, JSON.stringify(rule), packId, byName, at, enabled ? at : null],
  );
  const id = rows[0]?.id ?? null;
  if (id !== null) await insertVersion(client, id, 1, rule, byName, at);
  return id;
}

async function insertVersion(client: pg.ClientBase, id: string, version: number, rule: AlertRule, byName: string, at: Date) {
  await client.query("insert into alert_rule_version (rule_id, version, definition, by_name, at) values ($1, $2, $3, $4, $5)", [
    id,
    version,
    JSON.stringify(rule),
    byName,
    at,
  ]);
}

/** The evaluation at hand is void: it was of the version before. */
export async function writeVersion(
  client: pg.ClientBase,
  stored: StoredRule,
  rule: AlertRule,
  byName: string,
  at: Date,
): Promise<number> {
  const version = stored.version + 1;
  await client.query(
    `update alert_rule set name = $2, definition = $3, version = $4, updated_by_name = $5, updated_at = $6, error = null,
       next_at = case when enabled then $6::timestamptz end where id = $1`,
    [stored.id, rule.name, JSON.stringify(rule), version, byName, at],
  );
  await insertVersion(client, stored.id, version, rule, byName, at);
  return version;
}

/** What was missed while it was off is not evaluated: it begins with the newest instant. */
export async function switchRule(
  client: pg.ClientBase,
  id: string,
  { enabled, deletedAt }: { enabled: boolean; deletedAt: Date | null },
  byName: string,
  at: Date,
): Promise<void> {
  const runs = enabled && deletedAt === null;
  await client.query(
    `update alert_rule set enabled = $2, deleted_at = $3, next_at = $4, evaluated_to = null, error = null, updated_by_name = $5, updated_at = $6
     where id = $1`,
    [id, enabled, deletedAt, runs ? at : null, byName, at],
  );
}

export async function lockIncidentRule(client: pg.ClientBase, incidentId: string): Promise<StoredRule | null> {
  const { rows } = await client.query<{ rule_id: string }>("select rule_id from alert_incident where id = $1", [incidentId]);
  return rows[0] ? lockRule(client, rows[0].rule_id) : null;
}
