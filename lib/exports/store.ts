/** The only file that touches export_job and export_chunk. */
import type { ClientBase, Pool } from "pg";
import type { Actor, Role, TenantScope } from "@/lib/auth/actor";
import type { ExportParams, ExportReceipt, ExportStatus, ExportView } from "./schemas";

type Client = ClientBase | Pool;

interface Row {
  id: string;
  kind: ExportParams["kind"];
  params: ExportParams;
  status: ExportStatus;
  reason: string | null;
  done: number;
  total: number | null;
  file_name: string | null;
  content_type: string | null;
  bytes: bigint;
  receipt: ExportReceipt | null;
  owner_kind: Actor["kind"];
  owner_id: string;
  owner_name: string;
  owner_role: Role;
  tenants: string[];
  epoch: bigint;
  created_at: Date;
  ended_at: Date | null;
  expires_at: Date | null;
}

export interface ExportJob {
  id: string;
  params: ExportParams;
  status: ExportStatus;
  fileName: string | null;
  contentType: string | null;
  receipt: ExportReceipt | null;
  owner: { kind: Actor["kind"]; id: string; name: string; role: Role };
  tenants: TenantScope;
  epoch: bigint;
  view: ExportView;
}

const ALL = "*";
const toJob = (row: Row): ExportJob => ({
  id: row.id,
  params: row.params,
  status: row.status,
  fileName: row.file_name,
  contentType: row.content_type,
  receipt: row.receipt,
  owner: { kind: row.owner_kind, id: row.owner_id, name: row.owner_name, role: row.owner_role },
  tenants: row.tenants.includes(ALL) ? "all" : row.tenants,
  epoch: row.epoch,
  view: {
    id: row.id,
    kind: row.kind,
    params: row.params,
    status: row.status,
    reason: row.reason,
    done: row.done,
    total: row.total,
    fileName: row.file_name,
    bytes: Number(row.bytes),
    failures: row.receipt ? row.receipt.check.failures : null,
    matchesStatement: row.receipt ? row.receipt.statement.equal : null,
    owner: row.owner_name,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
  },
});

export async function insertExport(
  client: Client,
  params: ExportParams,
  { actor, now }: { actor: Actor; now: Date },
): Promise<ExportJob> {
  const { rows } = await client.query<Row>(
    `insert into export_job (kind, params, status, owner_kind, owner_id, owner_name, owner_role, tenants, created_at)
     values ($1, $2, 'queued', $3, $4, $5, $6, $7, $8) returning *`,
    [
      params.kind,
      JSON.stringify(params),
      actor.kind,
      actor.id,
      actor.name,
      actor.role,
      actor.tenants === "all" ? [ALL] : actor.tenants,
      now,
    ],
  );
  return toJob(rows[0]!);
}

export async function countOpen(client: Client, ownerId: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from export_job where owner_id = $1 and status in ('queued', 'running')",
    [ownerId],
  );
  return rows[0]!.n;
}

/** Newest first; of one owner, or of everybody. */
export async function findExports(client: Client, ownerId: string | null, limit: number): Promise<ExportJob[]> {
  const { rows } = await client.query<Row>(
    "select * from export_job where ($1::text is null or owner_id = $1) order by created_at desc, id limit $2",
    [ownerId, limit],
  );
  return rows.map(toJob);
}

export async function readExport(client: Client, id: string, lock = false): Promise<ExportJob | undefined> {
  const { rows } = await client.query<Row>(`select * from export_job where id = $1${lock ? " for update" : ""}`, [id]);
  return rows[0] && toJob(rows[0]);
}

/** The oldest that nobody works on. Whoever had it before can write nothing any more, and what it wrote is thrown away. */
export async function claimExport(client: ClientBase, now: Date, until: Date): Promise<ExportJob | undefined> {
  const { rows } = await client.query<Row>(
    `update export_job set status = 'running', epoch = epoch + 1, lease_until = $2, done = 0, total = null, bytes = 0
     where id = (select id from export_job where status = 'queued' or (status = 'running' and lease_until <= $1)
                 order by created_at limit 1 for update skip locked)
     returning *`,
    [now, until],
  );
  if (rows[0]) await client.query("delete from export_chunk where job_id = $1", [rows[0].id]);
  return rows[0] && toJob(rows[0]);
}

type Ours = Pick<ExportJob, "id" | "epoch">;

/** False: it is not ours any more (cancelled, or another worker has it). Renews the lease as well. */
export async function reportProgress(
  client: Client,
  job: Ours,
  at: { done: number; total: number | null; until: Date },
): Promise<boolean> {
  const { rowCount } = await client.query(
    "update export_job set done = $3, total = $4, lease_until = $5 where id = $1 and epoch = $2 and status = 'running'",
    [job.id, job.epoch, at.done, at.total, at.until],
  );
  return rowCount === 1;
}

/** Only while the job is ours: a worker that lost it writes into nobody's file. */
export async function storeChunk(client: Client, job: Ours, seq: number, data: Uint8Array): Promise<boolean> {
  const { rowCount } = await client.query(
    `with ours as (update export_job set bytes = bytes + $5 where id = $1 and epoch = $2 and status = 'running' returning id)
     insert into export_chunk (job_id, seq, data) select id, $3, $4 from ours`,
    [job.id, job.epoch, seq, Buffer.from(data), data.byteLength],
  );
  return rowCount === 1;
}

export interface ExportEnd {
  status: "done" | "failed";
  reason: string | null;
  fileName: string | null;
  contentType: string | null;
  receipt: ExportReceipt | null;
  now: Date;
  expiresAt: Date;
}

export async function endExport(client: Client, job: Ours, end: ExportEnd): Promise<boolean> {
  const { rowCount } = await client.query(
    `update export_job set status = $3, reason = $4, file_name = $5, content_type = $6, receipt = $7, ended_at = $8, expires_at = $9,
       lease_until = null, total = coalesce(total, done) where id = $1 and epoch = $2 and status = 'running'`,
    [
      job.id,
      job.epoch,
      end.status,
      end.reason,
      end.fileName,
      end.contentType,
      end.receipt && JSON.stringify(end.receipt),
      end.now,
      end.expiresAt,
    ],
  );
  return rowCount === 1;
}

export async function markCancelled(
  client: ClientBase,
  id: string,
  { reason, now }: { reason: string; now: Date },
): Promise<void> {
  await client.query(
    "update export_job set status = 'cancelled', reason = $2, ended_at = $3, lease_until = null, bytes = 0 where id = $1",
    [id, reason, now],
  );
  await client.query("delete from export_chunk where job_id = $1", [id]);
}

/** Takes away the files whose time is over, and after a while what is left of their jobs. */
export async function expireExports(client: Client, now: Date, forgetBefore: Date): Promise<number> {
  const { rowCount } = await client.query(
    `with gone as (update export_job set status = 'expired' where status = 'done' and expires_at <= $1 returning id)
     delete from export_chunk where job_id in (select id from gone)`,
    [now],
  );
  await client.query("delete from export_job where status not in ('queued', 'running', 'done') and created_at < $1", [
    forgetBefore,
  ]);
  return rowCount ?? 0;
}

export async function* readChunks(client: Pool, id: string): AsyncGenerator<Uint8Array> {
  for (let seq = 0; ; seq += 1) {
    const { rows } = await client.query<{ data: Buffer }>("select data from export_chunk where job_id = $1 and seq = $2", [
      id,
      seq,
    ]);
    if (!rows[0]) return;
    yield rows[0].data;
  }
}
