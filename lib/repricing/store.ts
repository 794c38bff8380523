/** The only file that touches telemetry.repricing and its dry-run rows. */
import type { ClientBase, Pool } from "pg";
import { nanoToUsd } from "@/lib/money";
import type { RatingCursor, RatingScope } from "@/lib/telemetry";
import type { DiffRow, RepricingStatus, RepricingView } from "./schemas";

type Client = ClientBase | Pool;

export interface Repricing {
  id: string;
  status: RepricingStatus;
  statusReason: string | null;
  scope: RatingScope;
  note: string;
  bookVersion: string;
  timeZone: string;
  thresholdNano: bigint;
  events: bigint | null;
  scanned: bigint;
  changed: bigint;
  oldNano: bigint;
  newNano: bigint;
  movedNano: bigint;
  applied: bigint;
  appliedDeltaNano: bigint;
  cursor: RatingCursor | null;
  createdAt: Date;
  createdById: string;
  createdByName: string;
  requestedById: string | null;
  requestedByName: string | null;
  approvedByName: string | null;
  endedAt: Date | null;
}

interface Row {
  id: string;
  status: RepricingStatus;
  status_reason: string | null;
  from_at: Date;
  to_at: Date;
  tenant: string | null;
  provider: string | null;
  model: string | null;
  note: string;
  book_version: string;
  time_zone: string;
  threshold_nano: bigint;
  events: bigint | null;
  scanned: bigint;
  changed: bigint;
  old_nano: bigint;
  new_nano: bigint;
  moved_nano: bigint;
  applied: bigint;
  applied_delta_nano: bigint;
  cursor_at: Date | null;
  cursor_id: string | null;
  created_at: Date;
  created_by_id: string;
  created_by_name: string;
  requested_by_id: string | null;
  requested_by_name: string | null;
  approved_by_name: string | null;
  ended_at: Date | null;
}

const toRepricing = (row: Row): Repricing => ({
  id: row.id,
  status: row.status,
  statusReason: row.status_reason,
  scope: { from: row.from_at, to: row.to_at, tenant: row.tenant, provider: row.provider, model: row.model },
  note: row.note,
  bookVersion: row.book_version,
  timeZone: row.time_zone,
  thresholdNano: row.threshold_nano,
  events: row.events,
  scanned: row.scanned,
  changed: row.changed,
  oldNano: row.old_nano,
  newNano: row.new_nano,
  movedNano: row.moved_nano,
  applied: row.applied,
  appliedDeltaNano: row.applied_delta_nano,
  cursor: row.cursor_at && row.cursor_id !== null ? { occurredAt: row.cursor_at, id: row.cursor_id } : null,
  createdAt: row.created_at,
  createdById: row.created_by_id,
  createdByName: row.created_by_name,
  requestedById: row.requested_by_id,
  requestedByName: row.requested_by_name,
  approvedByName: row.approved_by_name,
  endedAt: row.ended_at,
});

export async function insertRepricing(
  client: Client,
  job: Pick<
    Repricing,
    "scope" | "note" | "bookVersion" | "timeZone" | "thresholdNano" | "createdAt" | "createdById" | "createdByName"
  >,
): Promise<Repricing> {
  const { scope } = job;
  const { rows } = await client.query<Row>(
    `insert into telemetry.repricing (status, from_at, to_at, tenant, provider, model, note, book_version, time_zone,
       threshold_nano, created_at, created_by_id, created_by_name)
     values ('counting', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning *`,
    [
      scope.from,
      scope.to,
      scope.tenant,
      scope.provider,
      scope.model,
      job.note,
      job.bookVersion,
      job.timeZone,
      job.thresholdNano.toString(),
      job.createdAt,
      job.createdById,
      job.createdByName,
    ],
  );
  return toRepricing(rows[0]!);
}

export async function findRepricings(client: Client, limit: number): Promise<Repricing[]> {
  const { rows } = await client.query<Row>("select * from telemetry.repricing order by created_at desc, id limit $1", [limit]);
  return rows.map(toRepricing);
}

export async function readRepricing(client: Client, id: string, lock = false): Promise<Repricing | undefined> {
  const { rows } = await client.query<Row>(`select * from telemetry.repricing where id = $1${lock ? " for update" : ""}`, [id]);
  return rows[0] && toRepricing(rows[0]);
}

/** The oldest repricing that has something to walk and nobody at it, locked to the end of the transaction. */
export async function claimRepricing(client: ClientBase): Promise<Repricing | undefined> {
  const { rows } = await client.query<Row>(
    `select * from telemetry.repricing where status in ('counting', 'applying') order by created_at, id
     limit 1 for update skip locked`,
  );
  return rows[0] && toRepricing(rows[0]);
}

export async function updateRepricing(client: ClientBase, job: Repricing): Promise<void> {
  await client.query(
    `update telemetry.repricing set status = $2, status_reason = $3, events = $4, scanned = $5, changed = $6, old_nano = $7,
       new_nano = $8, moved_nano = $9, applied = $10, applied_delta_nano = $11, cursor_at = $12, cursor_id = $13,
       requested_by_id = $14, requested_by_name = $15, approved_by_name = $16, ended_at = $17 where id = $1`,
    [
      job.id,
      job.status,
      job.statusReason,
      job.events?.toString() ?? null,
      job.scanned.toString(),
      job.changed.toString(),
      job.oldNano.toString(),
      job.newNano.toString(),
      job.movedNano.toString(),
      job.applied.toString(),
      job.appliedDeltaNano.toString(),
      job.cursor?.occurredAt ?? null,
      job.cursor?.id ?? null,
      job.requestedById,
      job.requestedByName,
      job.approvedByName,
      job.endedAt,
    ],
  );
}

export interface DiffDelta {
  /** yyyy-mm-dd in the workspace zone. */
  day: string;
  tenant: string;
  provider: string;
  model: string;
  changed: number;
  newlyPriced: number;
  newlyUnpriced: number;
  oldNano: bigint;
  newNano: bigint;
}

export async function addDiff(client: ClientBase, id: string, rows: readonly DiffDelta[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into telemetry.repricing_diff as d
       (repricing_id, day, tenant, provider, model, changed, newly_priced, newly_unpriced, old_nano, new_nano)
     select $1, * from unnest($2::date[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[],
       $9::bigint[], $10::bigint[])
     on conflict (repricing_id, day, tenant, provider, model) do update set changed = d.changed + excluded.changed,
       newly_priced = d.newly_priced + excluded.newly_priced, newly_unpriced = d.newly_unpriced + excluded.newly_unpriced,
       old_nano = d.old_nano + excluded.old_nano, new_nano = d.new_nano + excluded.new_nano`,
    [
      id,
      rows.map(({ day }) => day),
      rows.map(({ tenant }) => tenant),
      rows.map(({ provider }) => provider),
      rows.map(({ model }) => model),
      rows.map(({ changed }) => changed),
      rows.map(({ newlyPriced }) => newlyPriced),
      rows.map(({ newlyUnpriced }) => newlyUnpriced),
      rows.map(({ oldNano }) => oldNano.toString()),
      rows.map(({ newNano }) => newNano.toString()),
    ],
  );
}

const DIFF_KEYS = { tenant: "tenant", model: "model || ' (' || provider || ')'", day: "to_char(day, 'YYYY-MM-DD')" } as const;

/** The dry run added up by one key; days in order, the others by how much they move. */
export async function readDiff(client: Client, id: string, by: keyof typeof DIFF_KEYS): Promise<DiffRow[]> {
  const { rows } = await client.query<{
    key: string;
    changed: string;
    priced: string;
    unpriced: string;
    old: string;
    new: string;
  }>(
    `select ${DIFF_KEYS[by]} as key, sum(changed)::text as changed, sum(newly_priced)::text as priced,
       sum(newly_unpriced)::text as unpriced, sum(old_nano)::text as old, sum(new_nano)::text as new
     from telemetry.repricing_diff where repricing_id = $1 group by 1
     order by ${by === "day" ? "1" : "abs(sum(new_nano) - sum(old_nano)) desc, 1"} limit 500`,
    [id],
  );
  return rows.map((row) => ({
    key: row.key,
    changed: Number(row.changed),
    newlyPriced: Number(row.priced),
    newlyUnpriced: Number(row.unpriced),
    oldUsd: nanoToUsd(BigInt(row.old)),
    newUsd: nanoToUsd(BigInt(row.new)),
    deltaUsd: nanoToUsd(BigInt(row.new) - BigInt(row.old)),
  }));
}

export const viewRepricing = (job: Repricing): RepricingView => ({
  id: job.id,
  status: job.status,
  statusReason: job.statusReason,
  from: job.scope.from.toISOString(),
  to: job.scope.to.toISOString(),
  tenant: job.scope.tenant,
  provider: job.scope.provider,
  model: job.scope.model,
  note: job.note,
  events: job.events === null ? null : Number(job.events),
  scanned: Number(job.scanned),
  changed: Number(job.changed),
  oldUsd: nanoToUsd(job.oldNano),
  newUsd: nanoToUsd(job.newNano),
  movedUsd: nanoToUsd(job.movedNano),
  thresholdUsd: nanoToUsd(job.thresholdNano),
  applied: Number(job.applied),
  appliedDeltaUsd: nanoToUsd(job.appliedDeltaNano),
  createdAt: job.createdAt.toISOString(),
  createdBy: job.createdByName,
  requestedBy: job.requestedByName,
  approvedBy: job.approvedByName,
  endedAt: job.endedAt?.toISOString() ?? null,
});
