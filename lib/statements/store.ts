/** The only file that touches the table statement. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { ClientBase, Pool } from "pg";
import type { StatementContent, StatementRevision, StatementStatus } from "./schemas";

type Client = ClientBase | Pool;

interface Row {
  id: string;
  tenant: string;
  month: string;
  revision: number;
  status: StatementStatus;
  content: StatementContent;
  content_hash: string;
  reason: string | null;
  drafted_at: Date;
  drafted_by: string;
  locked_at: Date | null;
  locked_by: string | null;
  restated_at: Date | null;
}

export interface StoredStatement extends StatementRevision {
  tenant: string;
  month: string;
}

const toStatement = (row: Row): StoredStatement => ({
  id: row.id,
  tenant: row.tenant,
  month: row.month,
  revision: row.revision,
  status: row.status,
  reason: row.reason,
  contentHash: row.content_hash,
  draftedAt: row.drafted_at.toISOString(),
  draftedBy: row.drafted_by,
  lockedAt: row.locked_at?.toISOString() ?? null,
  lockedBy: row.locked_by,
  restatedAt: row.restated_at?.toISOString() ?? null,
  content: row.content,
});

/** sha256 over the canonical form (RFC 8785). */
function hashOf(content: StatementContent): string {
  return createHash("sha256").update(canonicalize(content)!).digest("hex");
}

/** Those of one tenant and month, newest first. */
export async function readRevisions(client: Client, tenant: string, month: string): Promise<StoredStatement[]> {
  const { rows } = await client.query<Row>("select * from statement where tenant = $1 and month = $2 order by revision desc", [
    tenant,
    month,
  ]);
  return rows.map(toStatement);
}

/** The newest of every tenant of a month, and the locked one where there is one. */
export async function readMonth(client: Client, month: string): Promise<StoredStatement[]> {
  const { rows } = await client.query<Row>(
    "select * from statement where month = $1 and status <> 'restated' order by tenant, revision desc",
    [month],
  );
  return rows.map(toStatement);
}

/** One after the other for a tenant and month: at most one draft, at most one locked. */
export async function lockMonth(client: ClientBase, tenant: string, month: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtext('statement'), hashtext($1))", [`${month} ${tenant}`]);
}

export interface NewDraft {
  tenant: string;
  month: string;
  revision: number;
  content: StatementContent;
  reason: string | null;
  now: Date;
  by: string;
}

/** A draft is drawn up anew in place: nobody was held to it. */
export async function writeDraft(client: ClientBase, draft: NewDraft): Promise<void> {
  await client.query(
    `insert into statement as s (tenant, month, revision, status, content, content_hash, reason, drafted_at, drafted_by)
     values ($1, $2, $3, 'draft', $4, $5, $6, $7, $8)
     on conflict (tenant, month, revision) do update set content = excluded.content, content_hash = excluded.content_hash,
       reason = excluded.reason, drafted_at = excluded.drafted_at, drafted_by = excluded.drafted_by where s.status = 'draft'`,
    [
      draft.tenant,
      draft.month,
      draft.revision,
      JSON.stringify(draft.content),
      hashOf(draft.content),
      draft.reason,
      draft.now,
      draft.by,
    ],
  );
}

export async function markLocked(client: ClientBase, id: string, by: { now: Date; name: string }): Promise<void> {
  await client.query("update statement set status = 'locked', locked_at = $2, locked_by = $3 where id = $1", [
    id,
    by.now,
    by.name,
  ]);
}

export async function markRestated(client: ClientBase, id: string, now: Date): Promise<void> {
  await client.query("update statement set status = 'restated', restated_at = $2 where id = $1", [id, now]);
}

/** Tenants whose statement of the month that holds `at` is locked, or was before a restatement. */
export async function lockedTenants(client: Client, at: Date): Promise<Set<string>> {
  const { rows } = await client.query<{ tenant: string }>(
    `select distinct tenant from statement where status <> 'draft'
       and (content->>'from')::timestamptz <= $1 and (content->>'to')::timestamptz > $1`,
    [at],
  );
  return new Set(rows.map(({ tenant }) => tenant));
}

/** Exact dollars of every locked statement of a month, by tenant. */
export async function readLockedTotals(client: Client, month: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ tenant: string; usd: string }>(
    "select tenant, content->>'exactUsd' as usd from statement where month = $1 and status = 'locked'",
    [month],
  );
  return new Map(rows.map(({ tenant, usd }) => [tenant, usd]));
}
