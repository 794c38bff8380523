/** The fleet server as a process of its own, killed in mid-poll; and its PostgreSQL, crashed under it. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { openDb, type Db } from "@/lib/db";
import { freePort } from "@/lib/db/embedded";
import { projectRoot } from "@/lib/db/project-root";
import { publishApproved } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, listTargets } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { ownPostgres, type OwnPostgres } from "@/lib/testing/own-postgres";
import { TestTarget, type Answered } from "./testing/test-target";

let postgres: OwnPostgres;
let db: Db;
let dataDir: string;
let port: number;
const running = new Set<ChildProcess>();

const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("test") });
const publish = (targetId: string, quantization: string) =>
  db.prisma.$transaction((tx) =>
    publishApproved(tx, ctx(), {
      targetId,
      payload: { schema: 1, connector: "engine", content: { engine: { quantization } } },
      reason: "test",
    }),
  );

async function startServer(): Promise<{ kill: () => Promise<void>; stop: () => Promise<number | null> }> {
  const child = spawn(process.execPath, ["--import", "tsx", "workers/fleet-server/main.ts"], {
    cwd: projectRoot(),
    env: {
      ...process.env,
      DATABASE_URL: postgres.url,
      HEADROOM_DATA_DIR: dataDir,
      HEADROOM_FLEET_PORT: String(port),
      LOG_LEVEL: "silent",
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  running.add(child);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await Promise.race([
    new Promise((resolve) => child.once("message", resolve)),
    exited.then((code) => Promise.reject(new Error(`The fleet server ended with ${code}.`))),
  ]);
  const end = (signal: NodeJS.Signals) => {
    running.delete(child);
    child.kill(signal);
    return exited;
  };
  return { kill: async () => void (await end("SIGKILL")), stop: () => end("SIGTERM") };
}

async function enrolled(name: string): Promise<TestTarget> {
  const target = new TestTarget(`http://127.0.0.1:${port}`, name);
  const { token } = await createEnrolmentToken(ctx(), { pool: "llama" });
  expect((await target.enrol(token)).status).toBe(200);
  await target.sync();
  return target;
}

/** Asks until it is answered, as targets do: with a new word each time. */
async function insist(target: TestTarget, wanted: (answer: Answered) => boolean): Promise<Answered> {
  for (;;) {
    const answer = await target.sync().catch(() => undefined);
    if (answer && wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const parked = async (target: TestTarget) => {
  const poll = target.sync();
  await expect
    .poll(async () => ((await (await fetch(`${target.url}/healthz`)).json()) as { parked: number }).parked, { timeout: 10_000 })
    .toBe(1);
  return poll;
};

beforeAll(async () => {
  postgres = await ownPostgres();
  db = openDb(postgres.url, { max: 3 });
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-fleet-"));
  port = await freePort();
}, 120_000);
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await db.close();
  await postgres.close();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

describe("what survives", () => {
  it("kill -9 in mid-poll: the next one offers what was ordered meanwhile, with the same key; then SIGTERM drains", async () => {
    const first = await startServer();
    const target = await enrolled("gpu-1");
    const poll = target.sync().catch((error: unknown) => error);
    await expect.poll(async () => (await db.prisma.target.findFirstOrThrow({ where: { name: "gpu-1" } })).seq).toBe(1n);
    await first.kill();
    expect(await poll).toBeInstanceOf(Error);
    const { hash } = await publish(target.id, "fp8");

    const second = await startServer();
    const { body } = await insist(target, (answer) => answer.status === 200);
    expect(body.desired).toMatchObject({ generation: 1, hash, keyId: target.keys[0]!.keyId });
    target.runs(body.desired!);
    const last = target.sync();
    await expect
      .poll(async () => (await db.prisma.target.findFirstOrThrow({ where: { name: "gpu-1" } })).runningGeneration)
      .toBe(1);
    expect(await second.stop()).toBe(0);
    expect(await last).toMatchObject({ status: 200 });
    expect((await last).body.desired).toBeUndefined();
    // Nobody listens: that is no reason to call anybody offline.
    expect((await listTargets({ ...ctx(), now: new Date(Date.now() + 3_600_000) })).targets[0]!.liveness).toBe("unknown");
  });

  it("a crash of PostgreSQL: 503 while it is away, then orders reach parked polls again", async () => {
    const server = await startServer();
    const target = await enrolled("gpu-2");
    await postgres.crash();
    const away = await insist(target, () => true);
    expect([away.status, away.retryAfter]).toEqual([503, "5"]);
    expect((await fetch(`${target.url}/healthz`)).status).toBe(503);
    await postgres.restart();
    await insist(target, (answer) => answer.status === 200);
    await expect.poll(async () => (await fetch(`${target.url}/healthz`)).status, { timeout: 20_000 }).toBe(200);
    const poll = parked(target);
    await expect
      .poll(async () => (await db.prisma.target.findFirstOrThrow({ where: { name: "gpu-2" } })).seq, { timeout: 10_000 })
      .toBe(BigInt(target.seq));
    const { hash } = await publish(target.id, "awq");
    expect((await poll).body.desired).toMatchObject({ generation: 1, hash });
    await server.kill();
  });
});
