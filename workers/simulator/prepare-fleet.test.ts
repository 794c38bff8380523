/**
 * The demo fleet as npm start runs it, without a console: real gateways, agents and engines, enrolled at a real fleet
 * server, supervised, killed, stopped, and started again.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { seedDemo } from "@/prisma/seed-demo";
import { startFleetServer, type FleetServer } from "@/workers/fleet-server/fleet-server";
import { startPoliciesRole } from "@/workers/policies/role";
import type { RunningRole } from "@/workers/role";
import { supervise, type Program } from "@/workers/start/supervise";
import { makeCalendar } from "./calendar";
import { POOLS } from "./fleet";
import { GATEWAYS, stateDirOf } from "./fleet-files";
import { prepareFleet, type DemoRun } from "./prepare-fleet";
import { startStandIn, type StandIn } from "./testing";

const TARGETS = [...GATEWAYS, ...POOLS.flatMap((pool) => pool.nodes)];

let dir: string;
let db: TestDatabase;
let fleet: FleetServer;
let policies: RunningRole;
let standIn: StandIn;
let programs: Program[] = [];
const crashes: string[] = [];

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-demo-fleet-"));
  db = await testDatabase();
  await seedDemo(db, `hr_${"k".repeat(43)}`, new Date());
  const log = createLogger("test");
  fleet = await startFleetServer({ databaseUrl: db.url, dataDir: dir, host: "127.0.0.1", port: 0, log, holdMs: 2_000 });
  policies = await startPoliciesRole({ db, log });
  standIn = await startStandIn(fleet.port);
}, 60_000);
afterEach(async () => {
  for (const program of programs.splice(0).reverse()) await program.stop();
}, 60_000);
afterAll(async () => {
  standIn.close();
  await policies.close();
  await fleet.close();
  await db.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

const prepare = (start: string): Promise<DemoRun[]> =>
  prepareFleet(
    {
      db,
      log: createLogger("test"),
      now: new Date(),
      dir,
      consoleUrl: standIn.url,
      calendar: makeCalendar(Date.now(), 7),
    },
    start,
  );

async function run(runs: DemoRun[]): Promise<void> {
  programs = runs.map(({ name, args, env }) =>
    supervise({
      name,
      args,
      env: { PATH: process.env["PATH"], HEADROOM_DEMO_API_KEY: "hr_demo", ...env },
      onLine: () => undefined,
      onCrash: (how) => crashes.push(`${name}: ${how}`),
    }),
  );
  await expect.poll(() => db.prisma.target.count({ where: { state: "active" } }), { timeout: 40_000 }).toBe(10);
  await expect.poll(running, { timeout: 40_000 }).toEqual(Object.fromEntries(TARGETS.map((name) => [name, 1])));
}

/** Target → the generation that it says it runs. */
async function running(): Promise<Record<string, number | null>> {
  const targets = await db.prisma.target.findMany({ orderBy: { name: "asc" } });
  return Object.fromEntries(targets.map(({ name, runningGeneration }) => [name, runningGeneration]));
}

/** Processes of this fleet, by what they were started with. */
const processes = (what: string) =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(path.join(dir, what));
      } catch {
        return false;
      }
    })
    .map(Number);

/** Samples that were read after this moment, by node. */
const sampledSince = (at: number) =>
  new Set(standIn.samples.filter((sample) => Date.parse(sample.at) > at).map(({ node }) => node));

describe.runIf(process.platform === "linux")("the demo fleet", () => {
  it("enrols, runs its policies, tells samples, survives kill -9 of agents and gateways, and stops without a trace", async () => {
    const runs = await prepare("first");
    expect(runs.map(({ name }) => name)).toEqual(["demo-gateways", "demo-llama-8b", "demo-qwen-coder-32b", "demo-traffic"]);
    expect(await prepare("first")).toEqual(runs);
    await run(runs);
    expect(await db.prisma.target.count({ where: { simulated: true, state: "active" } })).toBe(10);
    expect(processes("programs/engine.mjs")).toHaveLength(8);
    await expect.poll(() => sampledSince(0).size, { timeout: 40_000 }).toBe(8);

    const agents = programs.find(({ name }) => name === "demo-llama-8b")!;
    const gateways = programs.find(({ name }) => name === "demo-gateways")!;
    const before = [agents.pid()!, gateways.pid()!];
    for (const pid of before) process.kill(pid, "SIGKILL");
    await expect.poll(() => crashes.length, { timeout: 10_000 }).toBe(2);
    // The engines of the killed agents end too; new agents bring up what ran before, without asking anybody.
    const killedAt = Date.now();
    await expect.poll(() => sampledSince(killedAt + 3_000).size, { timeout: 60_000 }).toBe(8);
    expect(processes("programs/engine.mjs")).toHaveLength(8);
    expect(await running()).toEqual(Object.fromEntries(TARGETS.map((name) => [name, 1])));
    expect(crashes).toHaveLength(2);

    for (const program of programs.splice(0).reverse()) await program.stop();
    await expect.poll(() => processes("programs"), { timeout: 10_000 }).toEqual([]);
  }, 180_000);

  it("the next start needs no token; a node whose folder is lost is revoked and let in anew", async () => {
    fs.rmSync(stateDirOf(dir, "llama-8b-n2"), { recursive: true });
    const runs = await prepare("second");
    const tokens = Object.fromEntries(runs.map(({ name, env }) => [name, "HEADROOM_ENROLMENT_TOKEN" in env]));
    expect(tokens).toEqual({
      "demo-gateways": false,
      "demo-llama-8b": true,
      "demo-qwen-coder-32b": false,
      "demo-traffic": false,
    });
    expect(await db.prisma.target.findUnique({ where: { name: "llama-8b-n2" } })).toMatchObject({ state: "revoked" });
    const ids = async () => (await db.prisma.target.findMany({ orderBy: { name: "asc" } })).map(({ id }) => id);
    const known = await ids();
    await run(runs);
    expect(await ids()).toEqual(known);
  }, 120_000);
});
