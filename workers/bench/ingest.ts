/**
 * `npm run bench:ingest [-- --events 100000 --rounds 3 --workers 1]`: how fast events become rows and rollups, as a
 * share of the plainest thing that PostgreSQL can do with the same rows in the same run. Everything, the load generator
 * included, is on this machine.
 *
 *   plain   rows that are encoded already → binary COPY into a table without an index        = 1.00
 *   queue   jobs that wait → worker program → committed rows and rollups                     bar: ≥ 0.25
 *   http    POST of 500 events → Next production server → queue → worker → committed         bar: ≥ 0.20
 *   visible accepted → seen by a query, p95, at about half of the http (or queue) rate       bar: ≤ 2 s
 *
 * Uses DATABASE_URL, which must be an empty scratch database (its events are deleted), or an embedded PostgreSQL of
 * its own; REDIS_URL if set, else queues in PostgreSQL. `http` needs `npm run build` first and says so.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { from as copyFrom } from "pg-copy-streams";
import { openDb, type Db } from "@/lib/db";
import { freePort, startEmbeddedPostgres } from "@/lib/db/embedded";
import { migrate } from "@/lib/db/migrate";
import { projectRoot } from "@/lib/db/project-root";
import { loadPriceBook, rateUsage, seedBasePriceBook } from "@/lib/pricing";
import { migrateQueues, openQueues, type Queues } from "@/lib/queue";
import { encodeEventRows, enqueueBatch, INGEST_QUEUE, readNativeEvent, type IngestJob } from "@/lib/telemetry";
import type { RatedEvent, UsageEvent } from "@/lib/telemetry/event";
import { cpuSeconds } from "./cpu-seconds";
import { benchEvents } from "./traffic";

const PER_BATCH = 500;
const PLAIN_CHUNK = 5_000;
const BARS = { queue: 0.25, http: 0.2, visibleP95Ms: 2_000 };

const { values: args } = parseArgs({
  options: {
    events: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
    workers: { type: "string", default: "1" },
    senders: { type: "string", default: "4" },
    http: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const EVENTS = Number(args.events);
const ROUNDS = Number(args.rounds);
const WORKERS = Number(args.workers);

/** CPU microseconds an event, by program: unlike events per second they hardly depend on who else uses the machine. */
type CpuUse = Record<"postgres" | "workers" | "console", number | null>;

interface Measured {
  eventsPerSec: number;
  cpuUs: CpuUse;
}

interface Program {
  child: ChildProcess;
  stop(): Promise<void>;
}

const root = projectRoot();

async function main(): Promise<void> {
  const scratch = process.env["DATABASE_URL"] ? undefined : fs.mkdtempSync(path.join(os.tmpdir(), "headroom-bench-"));
  if (scratch) fs.chmodSync(scratch, 0o755);
  const postgres = scratch ? await startEmbeddedPostgres({ dataDir: path.join(scratch, "postgres") }) : undefined;
  const url = postgres?.url ?? process.env["DATABASE_URL"]!;
  const redisUrl = process.env["REDIS_URL"];
  await migrate(url);
  await migrateQueues(url);
  const db = openDb(url, { max: 4, applicationName: "headroom-bench" });
  const queues = openQueues({ databaseUrl: url, redisUrl });
  const programs: Program[] = [];
  try {
    await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Bench" }, update: {} });
    await seedBasePriceBook(db, new Date());
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      DATABASE_URL: url,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      LOG_LEVEL: process.env["BENCH_VERBOSE"] ? "info" : "error",
      NODE_ENV: "production",
    };
    console.log(`${EVENTS} events a round, ${ROUNDS} rounds, ${WORKERS} worker program(s), queues in ${queues.backend}`);
    console.log(
      `${os.cpus()[0]?.model}, ${os.cpus().length} cores, Node ${process.version}, load ${os.loadavg()[0]!.toFixed(1)} before\n`,
    );

    const plain: number[] = [];
    const queue: number[] = [];
    const http: number[] = [];
    const cpu: Record<"plain" | "queue" | "http", CpuUse[]> = { plain: [], queue: [], http: [] };
    const built = args.http && fs.existsSync(path.join(root, process.env["HEADROOM_DIST_DIR"] ?? ".next", "BUILD_ID"));
    const door = built ? await startConsole(db, env, programs) : undefined;

    for (let round = 0; round < ROUNDS; round++) {
      const events = usageEvents(benchEvents(EVENTS, Date.now() - 600_000, Date.now(), round * 3 + 1));
      await reset(db, queues);
      const rated = await rateAll(db, events);
      const plainCpu = watchCpu(postgres?.pid, [], undefined);
      plain.push(await copyPlainly(db, rated));
      cpu.plain.push(plainCpu(EVENTS));
      await reset(db, queues);
      const fromQueued = await fromQueue(db, queues, events, env, postgres?.pid);
      queue.push(fromQueued.eventsPerSec);
      cpu.queue.push(fromQueued.cpuUs);
      if (door) {
        await reset(db, queues);
        const items = benchEvents(EVENTS, Date.now() - 600_000, Date.now(), round * 3 + 2);
        const overDoor = await overHttp(db, door, items, env, postgres?.pid);
        http.push(overDoor.eventsPerSec);
        cpu.http.push(overDoor.cpuUs);
      }
      console.log(
        `round ${round + 1}: plain ${perSec(plain.at(-1)!)}, queue ${perSec(queue.at(-1)!)} (${ratio(queue.at(-1)!, plain.at(-1)!)})` +
          (door ? `, http ${perSec(http.at(-1)!)} (${ratio(http.at(-1)!, plain.at(-1)!)})` : ""),
      );
    }

    await reset(db, queues);
    const pace = 0.5 * median(door ? http : queue);
    const visible = await visibleAfter(db, queues, door, pace, env);

    const result = {
      bench: "ingest",
      at: new Date().toISOString(),
      machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version, loadAfter: os.loadavg()[0] },
      settings: { events: EVENTS, rounds: ROUNDS, workers: WORKERS, queues: queues.backend, perBatch: PER_BATCH },
      eventsPerSec: { plain: median(plain), queue: median(queue), http: door ? median(http) : null },
      ratio: { queue: median(queue) / median(plain), http: door ? median(http) / median(plain) : null },
      cpuUsPerEvent: { plain: medianCpu(cpu.plain), queue: medianCpu(cpu.queue), http: door ? medianCpu(cpu.http) : null },
      visibleMs: visible,
      bars: BARS,
    };
    console.log(`\nmedians  plain ${perSec(median(plain))} = 1.00`);
    console.log(
      `         queue ${perSec(median(queue))} = ${result.ratio.queue.toFixed(3)}  ${verdict(result.ratio.queue >= BARS.queue)} bar ${BARS.queue}`,
    );
    if (result.ratio.http !== null) {
      console.log(
        `         http  ${perSec(median(http))} = ${result.ratio.http.toFixed(3)}  ${verdict(result.ratio.http >= BARS.http)} bar ${BARS.http}`,
      );
    } else console.log("         http  not measured: there is no production build. Run `npm run build` first.");
    console.log(
      `         visible p50 ${visible.p50} ms, p95 ${visible.p95} ms at ${perSec(pace)}  ${verdict(visible.p95 <= BARS.visibleP95Ms)} bar ${BARS.visibleP95Ms} ms`,
    );
    console.log("\nCPU µs an event (a tenth of warm-up left out; console and workers start cold once a round):");
    for (const [name, uses] of Object.entries(cpu))
      if (uses.length > 0) console.log(`         ${name.padEnd(6)}${describeCpu(medianCpu(uses))}`);
    const file = path.join(root, ".headroom/bench/ingest.json");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nWritten to ${path.relative(root, file)}.`);
  } finally {
    for (const program of programs) await program.stop();
    await queues.close();
    await db.close();
    await postgres?.stop();
    if (scratch) fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function usageEvents(items: unknown[]): UsageEvent[] {
  const door = { now: Date.now(), rawRetentionDays: 35, tenants: "all" as const, apiKeyId: null };
  return items.map((item) => {
    const read = readNativeEvent(item, door);
    if ("refusal" in read) throw new Error(read.refusal.message);
    return read.event;
  });
}

async function rateAll(db: Db, events: UsageEvent[]): Promise<RatedEvent[]> {
  const book = await loadPriceBook(db);
  return events.map((event) => ({ ...event, rating: rateUsage(book, event), duplicate: false, firstOfAction: false }));
}

/** The yardstick: encoded rows of the real table into a copy of it that has no index. Only the COPY is timed. */
async function copyPlainly(db: Db, events: RatedEvent[]): Promise<number> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < events.length; at += PLAIN_CHUNK) {
    chunks.push(encodeEventRows(events.slice(at, at + PLAIN_CHUNK), (event) => event.occurredAt).finish());
  }
  await db.pool.query("drop table if exists telemetry.bench_plain");
  await db.pool.query("create table telemetry.bench_plain (like telemetry.event)");
  const columns = (
    await db.pool.query<{ names: string }>(
      "select string_agg(attname, ',' order by attnum) as names from pg_attribute where attrelid = 'telemetry.event'::regclass and attnum > 0 and not attisdropped",
    )
  ).rows[0]!.names;
  const client = await db.pool.connect();
  try {
    const began = performance.now();
    for (const chunk of chunks) {
      const stream = client.query(copyFrom(`copy telemetry.bench_plain (${columns}) from stdin (format binary)`));
      await new Promise<void>((resolve, reject) => {
        stream.once("finish", resolve);
        stream.once("error", reject);
        stream.end(chunk);
      });
    }
    return events.length / ((performance.now() - began) / 1_000);
  } finally {
    client.release();
    await db.pool.query("drop table telemetry.bench_plain");
  }
}

/** Fill the queue, then let the worker program drain it. The first tenth warms it up and is not counted. */
async function fromQueue(
  db: Db,
  queues: Queues,
  events: UsageEvent[],
  env: NodeJS.ProcessEnv,
  postgresPid: number | undefined,
): Promise<Measured> {
  const queue = queues.queue<IngestJob>(INGEST_QUEUE);
  for (let at = 0; at < events.length; at += PER_BATCH) {
    await enqueueBatch(queue, { kind: "usage", receivedAt: Date.now(), apiKeyId: null, items: events.slice(at, at + PER_BATCH) });
  }
  const workers = await startWorkers(env);
  const measured = await sustained(db, events.length, () => watchCpu(postgresPid, workers, undefined));
  await Promise.all(workers.map((worker) => worker.stop()));
  return measured;
}

/** Events per second from a tenth to the end. */
async function sustained(db: Db, total: number, watch: () => (events: number) => CpuUse): Promise<Measured> {
  let from: { at: number; count: number; cpu: (events: number) => CpuUse } | undefined;
  for (;;) {
    const { rows } = await db.pool.query<{ n: number }>("select coalesce(sum(stored), 0)::int as n from telemetry.ingest_count");
    const at = performance.now();
    const count = rows[0]!.n;
    if (!from && count >= total / 10) from = { at, count, cpu: watch() };
    if (count >= total) {
      const events = count - from!.count;
      return { eventsPerSec: events / ((at - from!.at) / 1_000), cpuUs: from!.cpu(events) };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function watchCpu(postgresPid: number | undefined, workers: Program[], door: Door | undefined): (events: number) => CpuUse {
  const pids = {
    postgres: postgresPid ? [postgresPid] : [],
    workers: pidsOf(workers),
    console: door ? pidsOf([door.program]) : [],
  };
  const read = () =>
    Object.fromEntries(
      Object.entries(pids).map(([name, list]) => [
        name,
        list.length === 0 ? null : list.reduce<number>((sum, pid) => sum + (cpuSeconds(pid) ?? Number.NaN), 0),
      ]),
    ) as CpuUse;
  const before = read();
  return (events) => {
    const after = read();
    const used = (name: keyof CpuUse) =>
      before[name] === null || after[name] === null ? null : ((after[name] - before[name]) / events) * 1e6;
    return { postgres: used("postgres"), workers: used("workers"), console: used("console") };
  };
}

const pidsOf = (programs: Program[]): number[] => programs.flatMap(({ child }) => child.pid ?? []);

function medianCpu(uses: CpuUse[]): CpuUse {
  const of = (name: keyof CpuUse) => {
    const values = uses.map((use) => use[name]).filter((value): value is number => value !== null && !Number.isNaN(value));
    return values.length === 0 ? null : median(values);
  };
  return { postgres: of("postgres"), workers: of("workers"), console: of("console") };
}

function describeCpu(use: CpuUse): string {
  const parts = Object.entries(use).filter(([, value]) => value !== null);
  const total = parts.reduce((sum, [, value]) => sum + value!, 0);
  return `${parts.map(([name, value]) => `${name} ${value!.toFixed(1)}`).join(" + ")} = ${total.toFixed(1)}`;
}

interface Door {
  url: string;
  key: string;
  program: Program;
}

async function startConsole(db: Db, env: NodeJS.ProcessEnv, programs: Program[]): Promise<Door> {
  const key = `hr_${randomBytes(32).toString("base64url")}`;
  await db.prisma.apiKey.create({
    data: { name: "bench", prefix: key.slice(0, 8), hash: createHash("sha256").update(key).digest("hex"), scopes: ["ingest"] },
  });
  const port = await freePort();
  const next = [path.join(root, "node_modules/next/dist/bin/next"), "start", "-p", String(port), "-H", "127.0.0.1"];
  const secret = env["HEADROOM_SECRET"] ?? randomBytes(32).toString("hex");
  const program = run(next, { ...env, PORT: String(port), HEADROOM_SECRET: secret, HEADROOM_URL: `http://127.0.0.1:${port}` });
  programs.push(program);
  const url = `http://127.0.0.1:${port}/api/v1/usage`;
  for (let tries = 0; ; tries++) {
    const answered = await fetch(url, { method: "POST" }).then(
      (response) => response.status < 500,
      () => false,
    );
    if (answered) return { url, key, program };
    if (tries > 300) throw new Error("The console did not answer within 30 s.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Send every batch with a few connections while the worker works; from the first POST to the last commit. */
async function overHttp(
  db: Db,
  door: Door,
  items: unknown[],
  env: NodeJS.ProcessEnv,
  postgresPid: number | undefined,
): Promise<Measured> {
  const bodies = batchesOf(items).map((events) => JSON.stringify({ events }));
  const workers = await startWorkers(env);
  const measuring = sustained(db, items.length, () => watchCpu(postgresPid, workers, door));
  let next = 0;
  await Promise.all(
    Array.from({ length: Number(args.senders) }, async () => {
      for (let mine = next++; mine < bodies.length; mine = next++) await post(door, bodies[mine]!);
    }),
  );
  const result = await measuring;
  await Promise.all(workers.map((worker) => worker.stop()));
  return result;
}

async function post(door: Door, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${door.key}`, "content-type": "application/json" };
  const response = await fetch(door.url, { method: "POST", headers, body });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`The door answered ${response.status}: ${answer.slice(0, 300)}`);
}

/** Send at a steady pace for ten seconds; how long after "accepted" does a query see the last event of each batch? */
async function visibleAfter(
  db: Db,
  queues: Queues,
  door: Door | undefined,
  eventsPerSec: number,
  env: NodeJS.ProcessEnv,
): Promise<{ p50: number; p95: number; max: number; batches: number }> {
  const workers = await startWorkers(env);
  const queue = queues.queue<IngestJob>(INGEST_QUEUE);
  const everyMs = (PER_BATCH / eventsPerSec) * 1_000;
  const total = Math.max(20, Math.floor(10_000 / everyMs));
  const now = Date.now();
  const batches = batchesOf(benchEvents(total * PER_BATCH, now - 10_000, now, 99_991));
  const waits: number[] = [];
  const watching: Promise<void>[] = [];
  const began = performance.now();
  for (const [index, batch] of batches.entries()) {
    const due = began + index * everyMs - performance.now();
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
    if (door) await post(door, JSON.stringify({ events: batch }));
    else await enqueueBatch(queue, { kind: "usage", receivedAt: Date.now(), apiKeyId: null, items: usageEvents(batch) });
    const accepted = performance.now();
    watching.push(
      (async () => {
        for (;;) {
          const found = await db.pool.query("select 1 from telemetry.event_identity where id = $1", [batch.at(-1)!.id]);
          if (found.rowCount === 1) break;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        waits.push(performance.now() - accepted);
      })(),
    );
  }
  await Promise.all(watching);
  await Promise.all(workers.map((worker) => worker.stop()));
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return { p50: at(0.5), p95: at(0.95), max: at(1), batches: sorted.length };
}

function batchesOf<T>(items: T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / PER_BATCH) }, (_, index) =>
    items.slice(index * PER_BATCH, (index + 1) * PER_BATCH),
  );
}

function run(command: string[], env: NodeJS.ProcessEnv, ipc = false): Program {
  const stdio = [
    "ignore",
    process.env["BENCH_VERBOSE"] ? "inherit" : "ignore",
    "inherit",
    ...(ipc ? (["ipc"] as const) : []),
  ] as ("ignore" | "inherit" | "ipc")[];
  const child = spawn(process.execPath, command, { cwd: root, env, stdio });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    child,
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      await gone;
    },
  };
}

async function startWorkers(env: NodeJS.ProcessEnv): Promise<Program[]> {
  const profile = process.env["BENCH_PROFILE"] ? ["--cpu-prof", "--cpu-prof-dir", process.env["BENCH_PROFILE"]] : [];
  return Promise.all(
    Array.from({ length: WORKERS }, async () => {
      const program = run([...profile, "--import", "tsx", "workers/main.ts", "--roles", "ingest"], env, true);
      await new Promise<void>((resolve, reject) => {
        program.child.once("message", () => resolve());
        program.child.once("exit", (code) => reject(new Error(`a worker ended (${code}) before it was ready`)));
      });
      return program;
    }),
  );
}

async function reset(db: Db, queues: Queues): Promise<void> {
  // A batch that failed once waits for its next try; its events may be stored already by another delivery.
  const until = Date.now() + 60_000;
  for (;;) {
    const counts = await queues.queue(INGEST_QUEUE).counts();
    if (counts.waiting + counts.active + counts.delayed === 0) break;
    if (Date.now() > until) throw new Error(`The ingest queue does not get empty: ${JSON.stringify(counts)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const { rows } = await db.pool.query<{ names: string }>(
    `select string_agg(format('telemetry.%I', relname), ', ') as names from pg_class
     where relnamespace = 'telemetry'::regnamespace and relkind in ('r', 'p') and not relispartition
       and relname ~ '^(event|action|request_fingerprint|ingest_count|dead_letter|rollup_(minute|hour|day)|histogram_)'`,
  );
  await db.pool.query(`truncate ${rows[0]!.names}`);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const perSec = (rate: number) => `${Math.round(rate).toLocaleString("en-US")}/s`;
const ratio = (a: number, b: number) => (a / b).toFixed(3);
const verdict = (ok: boolean) => (ok ? "meets" : "MISSES");

await main();
