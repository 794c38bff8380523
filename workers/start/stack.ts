/** Starts the programs in order and knows how to stop them in the opposite order. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Config } from "@/lib/config";
import { openDb } from "@/lib/db";
import { deleteEmbeddedPostgres, freePort, stopLeftoverPostgres } from "@/lib/db/embedded";
import { migrate } from "@/lib/db/migrate";
import { projectRoot } from "@/lib/db/project-root";
import { migrateQueues } from "@/lib/queue";
import { seed, type SeedResult } from "@/prisma/seed";
import { buildConsole } from "./build-console";
import { portProblem } from "./free-port";
import { keepPostgres, type KeptPostgres } from "./keep-postgres";
import { keepSecret } from "./keep-secret";
import { holdDataDir, releaseDataDir } from "./one-launcher";
import type { StartOptions } from "./options";
import { summary } from "./summary";
import { supervise, type Program } from "./supervise";
import { openTerminal, type Terminal } from "./terminal";
import { answers, ready } from "./wait-ready";
import type { DemoRun } from "@/workers/simulator/prepare-fleet";

export interface Stack {
  stop(): Promise<void>;
  /** At once, losing nothing that was committed. */
  kill(): void;
}

/** Lines of `next build` that tell a waiting person how far it is. */
const MILESTONES = /Creating an optimized|Compiled successfully|Finished TypeScript|Generating static pages/;
const WORKERS_READY_MS = 20_000;
const FLEET_READY_MS = 20_000;

/** Throws when something keeps it from starting; what had been started is stopped again then. */
export async function startStack(config: Config, options: StartOptions, asked: AbortSignal): Promise<Stack> {
  const root = projectRoot();
  const dataDir = path.resolve(config.HEADROOM_DATA_DIR);
  const taken = options.console ? await portProblem(options.port, config.HOST) : undefined;
  if (taken) throw new Error(taken);
  const busy = holdDataDir(dataDir);
  if (busy) throw new Error(busy);

  const terminal = openTerminal(dataDir, options.verbose);
  const stopping = new AbortController();
  asked.addEventListener("abort", () => stopping.abort());
  const programs: Program[] = [];
  let postgres: KeptPostgres | undefined;

  const stack: Stack = {
    stop: async () => {
      stopping.abort();
      for (const program of [...programs].reverse()) await program.stop();
      await postgres?.stop();
      fs.rmSync(path.join(dataDir, "database-url"), { force: true });
      releaseDataDir(dataDir);
      terminal.say("Stopped.");
      terminal.close();
    },
    kill: () => {
      stopping.abort();
      for (const program of programs) program.kill();
      postgres?.kill();
      releaseDataDir(dataDir);
    },
  };
  const unlessStopping = () => {
    if (asked.aborted) throw new Error("stopped");
  };

  try {
    const began = performance.now();
    const building = options.console && !options.dev ? build(root, terminal, config, stopping.signal) : Promise.resolve();
    // Reported where it is awaited; until then it must not count as unhandled.
    building.catch(() => undefined);

    if (config.DATABASE_URL === undefined) {
      const postgresDir = path.join(dataDir, "postgres");
      const leftover = await stopLeftoverPostgres(postgresDir);
      if (leftover !== undefined) terminal.say(`Stopped the database that an earlier start left behind (pid ${leftover}).`);
      if (options.reset) removeDatabase(dataDir, terminal);
      terminal.say("Starting the embedded PostgreSQL.");
      postgres = await keepPostgres(postgresDir, terminal);
    }
    const databaseUrl = config.DATABASE_URL ?? postgres!.url;
    // For a person with psql, while this runs. The address holds the password.
    fs.writeFileSync(path.join(dataDir, "database-url"), `${databaseUrl}\n`, { mode: 0o600 });
    unlessStopping();
    const demoKey = options.demo ? keepSecret(dataDir, "demo-api-key", newApiKey) : undefined;
    const seeded = await prepareDatabase(databaseUrl, config, demoKey, terminal);
    unlessStopping();
    await building;

    // Chosen here, so that the console knows it and a fleet server that starts again keeps it.
    const fleetPort = config.HEADROOM_FLEET_PORT === 0 ? await freePort() : config.HEADROOM_FLEET_PORT;
    const env = {
      ...process.env,
      HEADROOM_FLEET_PORT: String(fleetPort),
      DATABASE_URL: databaseUrl,
      PORT: String(options.port),
      HEADROOM_SECRET: config.HEADROOM_SECRET ?? keepSecret(dataDir, "secret"),
      HEADROOM_DATA_DIR: dataDir,
      HEADROOM_URL: config.HEADROOM_URL ?? `http://localhost:${options.port}`,
      NODE_ENV: options.dev ? "development" : "production",
      NODE_OPTIONS: withImport(process.env["NODE_OPTIONS"], path.join(root, "workers/start/follow-launcher.mjs")),
    };
    const run = (
      name: string,
      args: string[],
      onMessage?: (message: unknown) => void,
      more: Record<string, string | undefined> = {},
      once = false,
    ) => {
      const program = supervise({
        name,
        args,
        once,
        env: { ...env, ...more },
        onLine: (line, stream) => terminal.programLine(name, line, stream),
        onCrash: (how, ms) => terminal.say(`[${name}] ended (${how}); starts again in ${ms / 1000} s`),
        ...(onMessage ? { onMessage } : {}),
      });
      programs.push(program);
    };

    const workers = ready(WORKERS_READY_MS);
    run("workers", ["--import", "tsx", "workers/main.ts", "--roles", "all"], workers.onMessage);
    const fleet = ready(FLEET_READY_MS);
    // A small young generation: what lives here lives for a poll, and memory is counted by the target.
    run("fleet", ["--max-semi-space-size=4", "--import", "tsx", "workers/fleet-server/main.ts"], fleet.onMessage);
    const address = `http://${reachableHost(config.HOST)}:${options.port}`;
    if (options.console) {
      const next = "node_modules/next/dist/bin/next";
      const where = ["-p", String(options.port), "-H", config.HOST];
      run("console", options.dev ? [next, "dev", "--turbopack", ...where] : [next, "start", ...where]);
      await answers(address, asked);
    }
    await Promise.all([workers.done, fleet.done]);
    unlessStopping();
    terminal.say(summary(options, env.HEADROOM_URL, seeded, (performance.now() - began) / 1000));

    if (demoKey && options.console) {
      const args = ["--import", "tsx", "workers/simulator/main.ts", "--url", address];
      const key = { HEADROOM_DEMO_API_KEY: demoKey };
      const hear = (message: unknown) => {
        showDemo(terminal, message);
        const { type, runs = [] } = message as { type?: string; runs?: DemoRun[] };
        // Told again when it had to start again: what runs stays.
        if (type !== "programs" || stopping.signal.aborted || programs.some(({ name }) => name === runs[0]?.name)) return;
        // Gateways, agents and traffic are outside: they have no business in the database.
        const outside = {
          DATABASE_URL: undefined,
          REDIS_URL: undefined,
          HEADROOM_SECRET: undefined,
          HEADROOM_ENCRYPTION_KEY: undefined,
          HEADROOM_ENCRYPTION_KEY_PREVIOUS: undefined,
        };
        for (const demo of runs) run(demo.name, demo.args, undefined, { ...outside, ...key, ...demo.env });
        terminal.say("The demo's gateways and GPU nodes (simulated) enrol in the background.");
      };
      run("demo", args, hear, { ...key, HEADROOM_DEMO_START: randomBytes(8).toString("hex") }, true);
    }
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Migrations, queue tables and seeds, on a connection that is closed again. */
async function prepareDatabase(
  url: string,
  config: Config,
  demoKey: string | undefined,
  terminal: Terminal,
): Promise<SeedResult> {
  const applied = await migrate(url);
  if (applied.length > 0) terminal.say(`Database brought up to date (${applied.length} migrations).`);
  await migrateQueues(url);
  const database = openDb(url, { max: 3, applicationName: "headroom-launcher" });
  try {
    return await seed(database, { now: new Date(), config, demoKey });
  } finally {
    await database.close();
  }
}

async function build(root: string, terminal: Terminal, config: Config, signal: AbortSignal): Promise<void> {
  const distDir = process.env["HEADROOM_DIST_DIR"] ?? ".next";
  const began = performance.now();
  const built = await buildConsole(root, distDir, {
    onStart: () => terminal.say("Building the console. This happens once and takes about a minute."),
    onLine: (line) => {
      terminal.programLine("build", line, "out");
      if (MILESTONES.test(line)) terminal.say(`  ${line.replace(/^[^A-Z]*/, "")}`);
    },
    env: { ...process.env, HEADROOM_SECRET: config.HEADROOM_SECRET ?? "x".repeat(32) },
    signal,
  });
  if (built) terminal.say(`Console built in ${Math.round((performance.now() - began) / 1000)} s.`);
}

/** What is seeded with a new database must be made anew as well: the demo key is remembered by its hash in the old one. */
function removeDatabase(dataDir: string, terminal: Terminal): void {
  const existed = deleteEmbeddedPostgres(path.join(dataDir, "postgres"));
  fs.rmSync(path.join(dataDir, "demo-api-key"), { force: true });
  // Identities of targets that the new database will not know.
  fs.rmSync(path.join(dataDir, "demo"), { recursive: true, force: true });
  terminal.say(existed ? "The embedded database was deleted." : "There was no embedded database to delete.");
}

function showDemo(terminal: Terminal, message: unknown): void {
  const { type, share = 0, note = "" } = message as { type?: string; share?: number; note?: string };
  if (type === "progress") terminal.progress("Loading 30 days of demo history", share, note);
  if (type === "say") terminal.say(note);
}

const newApiKey = () => `hr_${randomBytes(32).toString("base64url")}`;

/** Where this machine reaches what listens on `host`. */
const reachableHost = (host: string) =>
  host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;

const withImport = (options: string | undefined, file: string) =>
  [options, `--import ${pathToFileURL(file).href}`].filter(Boolean).join(" ");
