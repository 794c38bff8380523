/** The only file that touches benchmark and benchmark_sample. A benchmark is one worker's: a lease with a fencing epoch. */
import type { Ctx } from "@/lib/auth/actor";
import type { Db, Prisma, Tx } from "@/lib/db";
import { toNanoUsd } from "@/lib/money";
import type {
  BenchmarkOrder,
  BenchmarkPrice,
  BenchmarkSample,
  BenchmarkStatus,
  BenchmarkSummary,
  BenchmarkView,
} from "./schemas";

type Reader = Tx | Db["prisma"];
const SEEN = { _count: { select: { samples: true } } } satisfies Prisma.BenchmarkInclude;
type SeenRow = Prisma.BenchmarkGetPayload<{ include: typeof SEEN }>;

const orderOf = (value: Prisma.JsonValue) => value as unknown as BenchmarkOrder;
const priceOf = (value: Prisma.JsonValue | null) => value as unknown as BenchmarkPrice | null;

function viewOf(row: SeenRow): BenchmarkView {
  const order = orderOf(row.order);
  return {
    id: row.id,
    name: row.name,
    status: row.status as BenchmarkStatus,
    reason: row.reason,
    order,
    simulated: row.simulated,
    price: priceOf(row.price),
    done: row._count.samples,
    total: order.warmUps + order.runs,
    summary: row.summary as unknown as BenchmarkSummary | null,
    startedBy: row.createdByName,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

/** Newest first. */
export async function readBenchmarks(reader: Reader, most = 50): Promise<BenchmarkView[]> {
  return (await reader.benchmark.findMany({ include: SEEN, orderBy: { createdAt: "desc" }, take: most })).map(viewOf);
}

export async function findBenchmark(reader: Reader, id: string): Promise<BenchmarkView | null> {
  const row = await reader.benchmark.findUnique({ where: { id }, include: SEEN });
  return row && viewOf(row);
}

export async function readSamples(reader: Reader, benchmarkId: string): Promise<BenchmarkSample[]> {
  const rows = await reader.benchmarkSample.findMany({ where: { benchmarkId }, orderBy: { seq: "asc" } });
  return rows.map(({ seq, connectMs, ttftMs, totalMs, tokensIn, tokensOut, model, fromCache, costNano, error }) => ({
    seq,
    connectMs,
    ttftMs,
    totalMs,
    tokensIn,
    tokensOut,
    model,
    fromCache,
    costNanoUsd: costNano,
    error,
  }));
}

export const countWaiting = (reader: Reader): Promise<number> =>
  reader.benchmark.count({ where: { status: { in: ["queued", "running"] } } });

/** Gateways of the demo that are there: they can be asked by name. */
export async function readSimulatedGateways(reader: Reader): Promise<string[]> {
  const rows = await reader.target.findMany({
    where: { connector: "headroom-gateway", state: "active", simulated: true },
    select: { name: true },
    orderBy: { name: "asc" },
  });
  return rows.map(({ name }) => name);
}

export async function insertBenchmark(
  tx: Tx,
  { actor, now }: Ctx,
  given: { name: string; order: BenchmarkOrder; price: BenchmarkPrice | null; simulated: boolean },
): Promise<BenchmarkView> {
  const { name, order, price, simulated } = given;
  const row = await tx.benchmark.create({
    data: {
      name,
      status: "queued",
      order: order as unknown as Prisma.InputJsonObject,
      ...(price ? { price: price as unknown as Prisma.InputJsonObject } : {}),
      capNano: price && order.capUsd !== null ? toNanoUsd(order.capUsd) : null,
      simulated,
      createdById: actor.id,
      createdByName: actor.name,
      createdAt: now,
    },
    include: SEEN,
  });
  return viewOf(row);
}

export interface ClaimedBenchmark {
  id: string;
  epoch: bigint;
  order: BenchmarkOrder;
  price: BenchmarkPrice | null;
  capNano: bigint | null;
}

/** The oldest that nobody works on; null: there is none. */
export async function claimBenchmark(db: Db, now: Date, leaseMs: number): Promise<ClaimedBenchmark | null> {
  const { rows } = await db.pool.query<{ id: string }>(
    `update benchmark set status = 'running', epoch = epoch + 1, lease_until = $2, started_at = coalesce(started_at, $1)
     where id = (select id from benchmark
                 where status = 'queued' or (status = 'running' and coalesce(lease_until, '-infinity') <= $1)
                 order by created_at limit 1 for update skip locked)
     returning id::text`,
    [now, new Date(now.getTime() + leaseMs)],
  );
  if (!rows[0]) return null;
  const { id, epoch, order, price, capNano } = await db.prisma.benchmark.findUniqueOrThrow({ where: { id: rows[0].id } });
  return { id, epoch, order: orderOf(order), price: priceOf(price), capNano };
}

/** One row a request, for ever; the lease is renewed with it. False: it is not ours any more, and nothing was stored. */
export async function storeSample(
  db: Db,
  run: Pick<ClaimedBenchmark, "id" | "epoch">,
  sample: BenchmarkSample,
  { at, leaseUntil }: { at: Date; leaseUntil: Date },
): Promise<boolean> {
  const { rows } = await db.pool.query<{ ours: boolean }>(
    `with ours as (update benchmark set lease_until = $3 where id = $1 and epoch = $2 and status = 'running' returning 1),
       stored as (insert into benchmark_sample (benchmark_id, seq, connect_ms, ttft_ms, total_ms, tokens_in, tokens_out, model,
                                                from_cache, cost_nano, error, at)
                  select $1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 from ours on conflict do nothing)
     select exists (select 1 from ours) as ours`,
    [
      run.id,
      run.epoch.toString(),
      leaseUntil,
      sample.seq,
      sample.connectMs,
      sample.ttftMs,
      sample.totalMs,
      sample.tokensIn,
      sample.tokensOut,
      sample.model,
      sample.fromCache,
      sample.costNanoUsd?.toString() ?? null,
      sample.error,
      at,
    ],
  );
  return rows[0]!.ours;
}

/** Leave it to the next one who looks; what is stored stays. */
export async function leaveBenchmark(db: Db, run: Pick<ClaimedBenchmark, "id" | "epoch">, until: Date): Promise<void> {
  await db.pool.query("update benchmark set lease_until = $3 where id = $1 and epoch = $2 and status = 'running'", [
    run.id,
    run.epoch.toString(),
    until,
  ]);
}

/** False: it is not ours any more. */
export async function endBenchmark(
  tx: Tx,
  run: Pick<ClaimedBenchmark, "id" | "epoch">,
  end: { status: "done" | "stopped" | "failed"; reason: string | null; summary: BenchmarkSummary | null; endedAt: Date },
): Promise<boolean> {
  const { summary, ...rest } = end;
  const { count } = await tx.benchmark.updateMany({
    where: { id: run.id, epoch: run.epoch, status: "running" },
    data: {
      ...rest,
      leaseUntil: null,
      ...(summary ? { summary: summary as unknown as Prisma.InputJsonObject } : {}),
    },
  });
  return count === 1;
}

/** False: it has ended already. */
export async function markCancelled(tx: Tx, { actor, now }: Ctx, id: string): Promise<boolean> {
  const { count } = await tx.benchmark.updateMany({
    where: { id, status: { in: ["queued", "running"] } },
    data: { status: "cancelled", reason: `Cancelled by ${actor.name}`, endedAt: now, leaseUntil: null },
  });
  return count === 1;
}
