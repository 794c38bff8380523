/**
 * Everything that the demo's gateways, nodes and applications need before they start: programs, free ports, keys,
 * policies, and enrolment tokens for those that the console does not know yet.
 *
 *   bundle → ports → policies (first start) → identities that fit this database → tokens → files → programs to run
 */
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import type { Db } from "@/lib/db";
import { createEnrolmentToken, revokeTarget } from "@/lib/fleet";
import type { Logger } from "@/lib/log";
import { seedPolicies } from "@/lib/policies/store";
import { bundlePrograms, programFile } from "./bundle";
import type { FleetCalendar } from "./calendar";
import { demoPolicies } from "./demo-policies";
import { POOLS, TENANTS } from "./fleet";
import { freePorts } from "./free-ports";
import { agentFile, ENVIRONMENT, gatewayFile, GATEWAYS, identityFileOf, stateDirOf, type FleetPlaces } from "./fleet-files";
import type { TrafficConfig } from "./live/config";

/** One program of the demo, for the launcher. */
export interface DemoRun {
  name: string;
  args: string[];
  env: Record<string, string>;
}

export interface PrepareInput {
  db: Db;
  log: Logger;
  now: Date;
  /** HEADROOM_DATA_DIR/demo */
  dir: string;
  consoleUrl: string;
  calendar: FleetCalendar;
}

const FOLLOW = pathToFileURL(path.join(import.meta.dirname, "../start/follow-launcher.mjs")).href;
const TOKEN_MINUTES = 30;

export const cursorFile = (dir: string): string => path.join(dir, "live.json");

/** Prepared once per start of the launcher: when this program starts again beside running ones, nothing may move under them. */
export async function prepareFleet(input: PrepareInput, start: string): Promise<DemoRun[]> {
  const file = path.join(input.dir, "prepared.json");
  const earlier = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as { start: string; runs: DemoRun[] }) : null;
  if (earlier?.start === start) return earlier.runs;
  const runs = await prepare(input);
  fs.writeFileSync(file, JSON.stringify({ start, runs }), { mode: 0o600 });
  return runs;
}

async function prepare({ db, log, now, dir, consoleUrl, calendar }: PrepareInput): Promise<DemoRun[]> {
  const ctx: Ctx = { actor: SYSTEM_ACTOR, db, now, log };
  const programs = path.join(dir, "programs");
  const config = path.join(dir, "config");
  for (const folder of [dir, programs, config]) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  await bundlePrograms(programs, ["engine", "traffic", "gateways", "agents"]);

  const nodes = POOLS.flatMap((pool) => pool.nodes);
  const [providers, ...rest] = await freePorts(1 + GATEWAYS.length + nodes.length);
  const keys = clientKeys(path.join(dir, "client-keys.json"));
  const places: FleetPlaces = {
    dir,
    consoleUrl,
    engineFile: programFile(programs, "engine"),
    engineEnv: { NODE_OPTIONS: `--import ${FOLLOW}` },
    ports: {
      providers: providers!,
      gateways: Object.fromEntries(GATEWAYS.map((name, index) => [name, rest[index]!])),
      fronts: Object.fromEntries(nodes.map((name, index) => [name, rest[GATEWAYS.length + index]!])),
    },
    clientHashes: Object.fromEntries(Object.entries(keys).map(([tenant, key]) => [tenant, sha256(key)])),
  };

  await seedPolicies(ctx, demoPolicies());
  const write = (name: string, content: unknown): string => {
    const file = path.join(config, `${name}.json`);
    fs.writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600 });
    return file;
  };
  const files = (names: readonly string[], content: (name: string) => unknown) => names.map((name) => write(name, content(name)));
  const gatewayToken = await tokenFor(ctx, dir, "headroom-gateway", null, GATEWAYS);
  const runs: DemoRun[] = [
    {
      name: "demo-gateways",
      args: [...memory(96), programFile(programs, "gateways"), ...files(GATEWAYS, (name) => gatewayFile(places, name))],
      env: gatewayToken,
    },
  ];
  for (const pool of POOLS) {
    runs.push({
      name: `demo-${pool.id}`,
      args: [...memory(96), programFile(programs, "agents"), ...files(pool.nodes, (node) => agentFile(places, pool, node))],
      env: await tokenFor(ctx, dir, "engine", pool.id, pool.nodes),
    });
  }
  const traffic: TrafficConfig = {
    calendar,
    consoleUrl,
    providersPort: places.ports.providers,
    gateways: Object.fromEntries(GATEWAYS.map((name) => [name, `http://127.0.0.1:${places.ports.gateways[name]}`])),
    keys,
    cursorFile: cursorFile(dir),
  };
  runs.push({
    name: "demo-traffic",
    args: [...memory(96), programFile(programs, "traffic"), write("traffic", traffic)],
    env: {},
  });
  return runs;
}

const memory = (heapMib: number) => [`--max-old-space-size=${heapMib}`, "--max-semi-space-size=1"];
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A token when some of them have to enrol; it is good for as many as there are. */
async function tokenFor(
  ctx: Ctx,
  dir: string,
  connector: "headroom-gateway" | "engine",
  pool: string | null,
  names: readonly string[],
): Promise<Record<string, string>> {
  const strangers: string[] = [];
  for (const name of names) if (!(await isEnrolled(ctx, dir, name))) strangers.push(name);
  if (strangers.length === 0) return {};
  const made = await createEnrolmentToken(ctx, {
    connector,
    environment: ENVIRONMENT,
    ...(pool ? { pool } : {}),
    maxUses: strangers.length,
    minutes: TOKEN_MINUTES,
  });
  return { HEADROOM_ENROLMENT_TOKEN: made.token };
}

/** Whether the target's folder and this database know each other; what only one of them knows is taken away. */
async function isEnrolled(ctx: Ctx, dir: string, name: string): Promise<boolean> {
  const target = await ctx.db.prisma.target.findUnique({ where: { name } });
  if (target && target.state !== "revoked" && idIn(identityFileOf(dir, name)) === target.id) return true;
  fs.rmSync(stateDirOf(dir, name), { recursive: true, force: true });
  if (target && target.state !== "revoked") {
    await revokeTarget(ctx, target.id, "The demo fleet's data folder has another key; it enrols anew.");
  }
  return false;
}

function idIn(file: string): string | null {
  try {
    return (JSON.parse(fs.readFileSync(file, "utf8")) as { nodeId: string }).nodeId;
  } catch {
    return null;
  }
}

/** What the applications of each company show to the gateways; made once. */
function clientKeys(file: string): Record<string, string> {
  if (!fs.existsSync(file)) {
    const made = TENANTS.map((tenant) => [tenant.id, `demo-${tenant.id}-${randomBytes(18).toString("base64url")}`]);
    fs.writeFileSync(file, JSON.stringify(Object.fromEntries(made)), { mode: 0o600 });
  }
  return JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string>;
}
