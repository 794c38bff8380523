/**
 * `npm run bench:fleet [-- --targets 5000 --rounds 3 --steady 200]`
 *
 * One fleet server, as the launcher starts it, on an embedded PostgreSQL; so many targets in this process, each with its own
 * key, connection and signed words. They park; everybody is given a new order at once, a few times; then they only ask and
 * wait; then the fleet server is killed and started again twice, and all come back in the same moment, without the jitter
 * that real ones have. Prints what it costs and how long it takes, and writes .headroom/bench/fleet.json.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { openDb, type Db } from "@/lib/db";
import { freePort, startEmbeddedPostgres } from "@/lib/db/embedded";
import { migrate } from "@/lib/db/migrate";
import { projectRoot } from "@/lib/db/project-root";
import { publishApprovedToAll } from "@/lib/changes/testing/approved-order";
import { listTargets } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import type { SyncRequest, SyncResponse } from "@/lib/protocol";
import { makeSyncToken } from "@/lib/protocol/sync-token";
import { cpuSeconds } from "./cpu-seconds";

const { values: args } = parseArgs({
  options: {
    targets: { type: "string", default: "5000" },
    rounds: { type: "string", default: "3" },
    steady: { type: "string", default: "200" },
    payloadKb: { type: "string", default: "8" },
  },
});
const TARGETS = Number(args.targets);
const ROUNDS = Number(args.rounds);
const STEADY_SEC = Number(args.steady);
const PAYLOAD_KB = Number(args.payloadKb);
/** How many begin to ask in one turn of 20 ms while everything is set up. */
const RAMP = 20;

interface Target {
  id: string;
  key: KeyObject;
  bootId: string;
  seq: number;
  running: { generation: number; hash: string } | null;
  attempt: number;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: Number.POSITIVE_INFINITY });
const counted = { syncs: 0, answers: 0, offers: 0, busy: 0, refused: 0, broken: 0 };
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
let port = 0;
let closing = false;

function wordOf(target: Target): SyncRequest {
  const { running } = target;
  return {
    nodeId: target.id,
    bootId: target.bootId,
    seq: (target.seq += 1),
    version: "bench",
    capabilities: ["restartEngine", "readBack"],
    running,
    lastAttempt: running && { ...running, attempt: target.attempt, status: "applied" },
    health: { ok: true, crashes: 0, figures: { inFlight: 3 } },
    effectiveHash: running?.hash ?? null,
    leaseEpoch: null,
    ...(target.seq === 0 ? { hardware: null } : {}),
  };
}

async function say(target: Target): Promise<{ status: number; retryAfterMs: number; answer?: SyncResponse }> {
  const body = JSON.stringify(wordOf(target));
  const token = await makeSyncToken(target.key, { nodeId: target.id, body, now: new Date() });
  counted.syncs += 1;
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const request = http.request(
      { host: "127.0.0.1", port, path: "/api/fleet/v1/sync", method: "POST", agent, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0 } = response;
          const retryAfterMs = Number(response.headers["retry-after"] ?? 0) * 1_000;
          const answer = status === 200 ? { answer: JSON.parse(Buffer.concat(chunks).toString()) as SyncResponse } : {};
          resolve({ status, retryAfterMs, ...answer });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Asks for as long as the benchmark runs, and applies what it is told in no time. */
async function live(target: Target): Promise<void> {
  // oxlint-disable-next-line no-unmodified-loop-condition -- main() sets it at the end
  while (!closing) {
    try {
      const { status, retryAfterMs, answer } = await say(target);
      if (status === 200) {
        counted.answers += 1;
        if (answer?.desired) {
          counted.offers += 1;
          target.attempt += 1;
          target.running = { generation: answer.desired.generation, hash: answer.desired.hash };
        }
      } else if (status === 429 || status === 503) {
        counted.busy += 1;
        await sleep(retryAfterMs * (1 + Math.random() / 5));
      } else {
        counted.refused += 1;
        await sleep(1_000);
      }
    } catch {
      counted.broken += 1;
      await sleep(500);
    }
  }
}

async function startServer(env: Record<string, string | undefined>): Promise<ChildProcess> {
  const server = spawn(process.execPath, ["--max-semi-space-size=4", "--import", "tsx", "workers/fleet-server/main.ts"], {
    cwd: projectRoot(),
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await new Promise<void>((resolve, reject) => {
    server.once("message", () => resolve());
    server.once("exit", (code) => reject(new Error(`The fleet server ended with ${code}.`)));
  });
  return server;
}

/** Resident memory with children, in MB. */
function residentMb(pid: number): number {
  const own = Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean);
  return own + children.reduce((sum, child) => sum + residentMb(Number(child)), 0);
}

async function parkedNow(): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(10_000) });
    return ((await response.json()) as { parked: number }).parked;
  } catch {
    return 0;
  }
}

/** Transactions so far, what they took, and how many syncs they decided. */
async function batchesNow(): Promise<{ count: number; seconds: number; syncs: number }> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^headroom_fleet_${name} (\\S+)`, "m").exec(text)?.[1] ?? 0);
  return { count: read("batch_seconds_count"), seconds: read("batch_seconds_sum"), syncs: read("batch_syncs_sum") };
}

async function untilParked(share: number): Promise<void> {
  while ((await parkedNow()) < TARGETS * share) await sleep(100);
}

function makeTargets(): { targets: Target[]; rows: object[] } {
  const rows: object[] = [];
  const targets = Array.from({ length: TARGETS }, (_, index): Target => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const id = randomUUID();
    rows.push({ id, name: `bench-${index}`, public_key: publicKey.export({ format: "jwk" }) });
    return { id, key: privateKey, bootId: randomUUID(), seq: -1, running: null, attempt: 0 };
  });
  return { targets, rows };
}

/** One order for everybody. Milliseconds from its commit, and from its offer, to the record of each target's ack. */
async function massChange(db: Db, targets: Target[], round: number): Promise<{ fromOrder: number; fromOffer: number }[]> {
  const payload = {
    schema: 1 as const,
    connector: "engine" as const,
    content: { engine: { round }, filler: "x".repeat(PAYLOAD_KB * 1_024) },
  };
  const ctx = { actor: SYSTEM_ACTOR, now: new Date() };
  const orders = targets.map(({ id }) => ({ targetId: id, payload }));
  await db.prisma.$transaction((tx) => publishApprovedToAll(tx, ctx, { reason: "bench", orders }), { timeout: 60_000 });
  const committedAt = Date.now();
  for (let there = 0; there < targets.length; await sleep(250)) {
    if (Date.now() - committedAt > 120_000) throw new Error(`Only ${there} of ${targets.length} acked in two minutes.`);
    const { rows } = await db.pool.query<{ there: number }>(
      "select count(*)::int as there from target where running_generation = desired_generation",
    );
    there = rows[0]!.there;
  }
  const { rows } = await db.pool.query<{ at: Date; offeredAt: Date }>(
    `select a.at, t.offered_at as "offeredAt" from target t join target_ack a on a.target_id = t.id and a.generation = t.desired_generation
     where a.status = 'applied'`,
  );
  return rows.map(({ at, offeredAt }) => ({
    fromOrder: at.getTime() - committedAt,
    fromOffer: at.getTime() - offeredAt.getTime(),
  }));
}

function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

const median = (values: number[]) => quantile(values, 0.5);

async function main(): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-bench-"));
  // PostgreSQL refuses to run as root: as another user it must be able to reach its folder.
  fs.chmodSync(dir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(dir, "postgres"), port: await freePort() });
  let server: ChildProcess | undefined;
  const db = openDb(postgres.url, { max: 4 });
  try {
    await migrate(postgres.url);
    port = await freePort();
    const env = {
      ...process.env,
      DATABASE_URL: postgres.url,
      HEADROOM_DATA_DIR: dir,
      HEADROOM_FLEET_PORT: String(port),
      LOG_LEVEL: "error",
      NODE_ENV: "production" as const,
    };
    const { targets, rows } = makeTargets();
    await db.pool.query(
      `insert into target (id, name, connector, environment, public_key, enrolled_at, state_at, version, capabilities)
       select id, name, 'engine', 'production', public_key, now(), now(), 'bench', '{}'
       from jsonb_to_recordset($1::jsonb) as s(id uuid, name text, public_key jsonb)`,
      [JSON.stringify(rows)],
    );
    server = await startServer(env);
    const emptyMb = residentMb(server.pid!);

    const falseOffline = new Set<string>();
    const ctx = { actor: SYSTEM_ACTOR, db, log: createLogger("bench", "silent") };
    const watch = setInterval(() => {
      void listTargets({ ...ctx, now: new Date() }).then(({ targets: seen }) => {
        for (const one of seen) if (one.liveness === "offline") falseOffline.add(one.id);
      });
    }, 5_000);

    console.log(`${TARGETS} targets come…`);
    const began = performance.now();
    for (let at = 0; at < targets.length; at += RAMP) {
      for (const target of targets.slice(at, at + RAMP)) void live(target);
      await sleep(20);
    }
    await untilParked(1);
    const comeSec = (performance.now() - began) / 1_000;
    await sleep(5_000);
    const parkedMb = residentMb(server.pid!);
    console.log(`All are parked after ${comeSec.toFixed(1)} s; ${parkedMb.toFixed(0)} MB (empty: ${emptyMb.toFixed(0)} MB).`);

    const changes: { orderToAckP50Ms: number; orderToAckP99Ms: number; offerToAckP99Ms: number }[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [cpu, batches] = [cpuSeconds(server.pid!)!, await batchesNow()];
      const ms = await massChange(db, targets, round);
      const after = await batchesNow();
      const [count, seconds, syncs] = [after.count - batches.count, after.seconds - batches.seconds, after.syncs - batches.syncs];
      console.log(
        `  ${syncs} syncs in ${count} transactions of ${((seconds / count) * 1_000).toFixed(0)} ms; ${(cpuSeconds(server.pid!)! - cpu).toFixed(1)} s of CPU`,
      );
      const fromOrder = ms.map((one) => one.fromOrder);
      const change = {
        orderToAckP50Ms: quantile(fromOrder, 0.5),
        orderToAckP99Ms: quantile(fromOrder, 0.99),
        offerToAckP99Ms: quantile(
          ms.map((one) => one.fromOffer),
          0.99,
        ),
      };
      changes.push(change);
      console.log(
        `Mass change ${round}: order → ack p50 ${change.orderToAckP50Ms} ms, p99 ${change.orderToAckP99Ms} ms; offer → ack p99 ${change.offerToAckP99Ms} ms.`,
      );
      await untilParked(0.99);
      await sleep(3_000);
    }
    const changedMb = residentMb(server.pid!);

    console.log(`Nothing happens for ${STEADY_SEC} s…`);
    const before = { cpu: cpuSeconds(server.pid!)!, syncs: counted.syncs };
    await sleep(STEADY_SEC * 1_000);
    const idleCpuShare = (cpuSeconds(server.pid!)! - before.cpu) / STEADY_SEC;
    const syncsPerSec = (counted.syncs - before.syncs) / STEADY_SEC;
    const steadyMb = residentMb(server.pid!);
    console.log(
      `${syncsPerSec.toFixed(0)} syncs a second take ${(idleCpuShare * 100).toFixed(1)} % of a core; ${steadyMb.toFixed(0)} MB.`,
    );

    const returns: { allParkedSec: number; busy: number }[] = [];
    for (let round = 1; round <= 2; round += 1) {
      const busyBefore = counted.busy;
      server.removeAllListeners("exit");
      const ended = new Promise((resolve) => server!.once("exit", resolve));
      server.kill("SIGKILL");
      await ended;
      server = await startServer(env);
      const since = performance.now();
      await untilParked(1);
      const back = { allParkedSec: (performance.now() - since) / 1_000, busy: counted.busy - busyBefore };
      returns.push(back);
      console.log(
        `Killed; ${TARGETS} come back at once: all parked ${back.allParkedSec.toFixed(1)} s after it listened, ${back.busy} were told to wait.`,
      );
    }
    const afterReturnsMb = residentMb(server.pid!);
    clearInterval(watch);

    const result = {
      at: new Date().toISOString(),
      cpus: os.cpus().length,
      targets: TARGETS,
      payloadKb: PAYLOAD_KB,
      memoryMb: { empty: emptyMb, parked: parkedMb, afterChanges: changedMb, steady: steadyMb, afterReturns: afterReturnsMb },
      massChange: {
        orderToAckP50Ms: median(changes.map((one) => one.orderToAckP50Ms)),
        orderToAckP99Ms: median(changes.map((one) => one.orderToAckP99Ms)),
        offerToAckP99Ms: median(changes.map((one) => one.offerToAckP99Ms)),
        rounds: changes,
      },
      steady: { seconds: STEADY_SEC, syncsPerSec, cpuShare: idleCpuShare },
      falseOffline: falseOffline.size,
      reconnects: { total: TARGETS * returns.length, rounds: returns, refused: counted.refused },
    };
    const file = path.join(projectRoot(), ".headroom/bench/fleet.json");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    console.log(
      [
        "",
        `memory, ${TARGETS} parked     ${parkedMb.toFixed(0)} MB   (bar: 300 MB; highest later ${Math.max(changedMb, steadyMb, afterReturnsMb).toFixed(0)} MB)`,
        `offer → ack p99          ${(result.massChange.offerToAckP99Ms / 1_000).toFixed(2)} s   (bar: 5 s; from the order's commit ${(result.massChange.orderToAckP99Ms / 1_000).toFixed(2)} s)`,
        `called offline wrongly   ${falseOffline.size}   (bar: 0)`,
        `reconnects               ${TARGETS * returns.length}, all back within ${Math.max(...returns.map((one) => one.allParkedSec)).toFixed(1)} s; ${counted.refused} refused   (bar: 10,000 absorbed)`,
        `written to ${path.relative(projectRoot(), file)}`,
      ].join("\n"),
    );
  } finally {
    closing = true;
    server?.removeAllListeners("exit");
    server?.kill("SIGKILL");
    agent.destroy();
    await db.close().catch(() => undefined);
    await postgres.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
