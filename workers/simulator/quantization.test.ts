/**
 * What a change of quantization does, from the policy to the telemetry: one node, with the fleet server, its agent and its
 * engines as they are in the demo. Only the console's door for samples is a list here.
 *
 *   policy saved → order → agent: new engine beside the old, warm, read back, switched → samples
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createEnrolmentToken } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { seedPolicies } from "@/lib/policies/store";
import { putInForce } from "@/lib/policies/store/testing";
import type { Sample } from "@/lib/telemetry/samples";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer, type FleetServer } from "@/workers/fleet-server/fleet-server";
import { startPoliciesRole } from "@/workers/policies/role";
import type { RunningRole } from "@/workers/role";
import { bundlePrograms, programFile } from "./bundle";
import { demoPolicies } from "./demo-policies";
import { POOLS } from "./fleet";
import { agentFile, ENVIRONMENT } from "./fleet-files";
import { freePorts } from "./free-ports";
import { startProgram, startStandIn, type StandIn } from "./testing";

const POOL = POOLS[0]!;
const NODE = POOL.nodes[0]!;
/** Simulated seconds in a real one. */
const SPEED = 20;

let dir: string;
let db: TestDatabase;
let fleet: FleetServer;
let policies: RunningRole;
let standIn: StandIn;
const ending: (() => Promise<unknown>)[] = [];
let front: string;
let ctx: Ctx;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-quantization-"));
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("test") };
  const { id, name, model, engine, gpuType } = POOL;
  await db.prisma.pool.create({ data: { id, name, model, engine, simulated: true } });
  await db.prisma.node.create({ data: { id: NODE, poolId: id, gpuType, gpuCount: 1, simulated: true } });
  await seedPolicies(
    ctx,
    demoPolicies().filter(({ scope }) => scope.value === id),
  );
  fleet = await startFleetServer({ databaseUrl: db.url, dataDir: dir, host: "127.0.0.1", port: 0, log: ctx.log, holdMs: 2_000 });
  policies = await startPoliciesRole({ db, log: ctx.log });
  standIn = await startStandIn(fleet.port);

  await bundlePrograms(dir, ["engine", "agents"]);
  const [port] = await freePorts(1);
  front = `http://127.0.0.1:${port}`;
  const places = {
    dir,
    consoleUrl: standIn.url,
    engineFile: programFile(dir, "engine"),
    engineEnv: { HEADROOM_SIM_SPEED: String(SPEED) },
    ports: { providers: 0, gateways: {}, fronts: { [NODE]: port! } },
    clientHashes: {},
  };
  const config = agentFile(places, POOL, NODE);
  const file = path.join(dir, "agent.json");
  fs.writeFileSync(file, JSON.stringify({ ...config, collectors: { ...config.collectors, intervalSec: 1 } }));
  const { token } = await createEnrolmentToken(ctx, {
    connector: "engine",
    environment: ENVIRONMENT,
    pool: id,
    maxUses: 1,
    minutes: 5,
  });
  const agent = await startProgram(programFile(dir, "agents"), [file], { HEADROOM_ENROLMENT_TOKEN: token });
  ending.push(() => {
    agent.child.kill("SIGTERM");
    return agent.ended;
  });
}, 60_000);

afterAll(async () => {
  for (const end of ending) await end();
  standIn.close();
  await policies.close();
  await fleet.close();
  await db.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

async function ask(content: string): Promise<string> {
  const response = await fetch(`${front}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: POOL.model, messages: [{ role: "user", content }] }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]!.message.content;
}

/** Every reading of the time before has come. */
async function idle(): Promise<void> {
  const since = Date.now();
  const isIdle = (sample: Sample) => Date.parse(sample.at) > since && sample.running === 0 && sample.generatedTokens === 0;
  await expect.poll(() => standIn.samples.some(isIdle), { timeout: 15_000 }).toBe(true);
}

/** Long documents by the hundred, asked at once; then short questions, to see how many answers miss. */
async function measure(round: string) {
  const startedAt = Date.now();
  const prompts = Array.from({ length: 120 }, (_, index) => `${`${round} document ${index} `.padEnd(4_000, "x")}[sim out=300]`);
  await Promise.all(prompts.map(ask));
  await idle();
  const busy = standIn.samples.filter((sample) => Date.parse(sample.at) > startedAt && (sample.generatedTokens ?? 0) > 0);
  const sum = (read: (sample: Sample) => number | null | undefined) =>
    busy.reduce((total, sample) => total + (read(sample) ?? 0), 0);
  const answers = await Promise.all(Array.from({ length: 600 }, (_, index) => ask(`question ${index} [sim out=3]`)));
  await idle();
  return {
    tokensPerSec: Math.round(
      sum((sample) => sample.generatedTokens) / sum((sample) => sample.engineActive! * sample.intervalSec) / SPEED,
    ),
    meanRunning: sum((sample) => sample.running) / busy.length,
    kvBlocks: Number(busy[0]!.extra!["setup_num_gpu_blocks"]),
    weightsGb:
      ((await (await fetch(`${front}/server_info`)).json()) as { memory: { weightsBytes: number } }).memory.weightsBytes / 1e9,
    missedPercent: (answers.filter((text) => text.includes("quality=miss")).length / answers.length) * 100,
    precision: /^\[simulated (\w+)/.exec(answers[0]!)![1],
  };
}

const target = () => db.prisma.target.findUniqueOrThrow({ where: { name: NODE } });

it("a policy with AWQ: three times the room for the KV cache, more tokens a second, a few more answers that miss", async () => {
  await expect.poll(async () => (await target()).runningGeneration, { timeout: 30_000 }).toBe(1);
  const before = await measure("before");

  const { document } = demoPolicies().find(({ scope }) => scope.value === POOL.id)!;
  const saved = await putInForce(
    { ...ctx, now: new Date() },
    {
      kind: "engine",
      scope: { level: "pool", value: POOL.id },
      document: { ...document, quantization: "awq" },
      baseVersion: 1,
      message: "Four bits for the small pool",
    },
  );
  expect(saved).toBeTruthy();
  await expect.poll(async () => (await target()).runningGeneration, { timeout: 30_000 }).toBe(2);
  const after = await measure("after");

  expect([before.precision, after.precision]).toEqual(["bf16", "awq"]);
  expect(before.weightsGb).toBeCloseTo(16.06, 2);
  expect(after.weightsGb).toBeCloseTo(5.73, 2);
  expect(after.kvBlocks / before.kvBlocks).toBeGreaterThan(3);
  expect(after.meanRunning).toBeGreaterThan(1.3 * before.meanRunning);
  expect(after.tokensPerSec).toBeGreaterThan(1.3 * before.tokensPerSec);
  expect(after.missedPercent).toBeGreaterThan(before.missedPercent);
  expect(after.missedPercent).toBeLessThan(6);
}, 120_000);
