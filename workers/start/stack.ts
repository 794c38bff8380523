/** Starts the programs in order and knows how to stop them in the opposite order. */
import fs from "node:fs";
import path from "node:path";
import type { Config } from "@/lib/config";
import {
  deleteEmbeddedPostgres,
  migrate,
  openDb,
  projectRoot,
  startEmbeddedPostgres,
  stopLeftoverPostgres,
  type Db,
  type EmbeddedPostgres,
} from "@/lib/db";
import { migrateQueues } from "@/lib/queue";
import { seed, type SeedResult } from "@/prisma/seed";
import { buildConsole } from "./build-console";
import { portProblem } from "./free-port";
import { keepSecret } from "./keep-secret";
import { holdDataDir, releaseDataDir } from "./one-launcher";
import type { StartOptions } from "./options";
import { supervise, type Program } from "./supervise";
import { openTerminal, type Terminal } from "./terminal";

export interface Stack {
  stop(): Promise<void>;
  /** At once, losing nothing that was committed. */
  kill(): void;
}

/** Lines of `next build` that tell a waiting person how far it is. */
const MILESTONES = /Creating an optimized|Compiled successfully|Finished TypeScript|Generating static pages/;
const CONSOLE_READY_MS = 120_000;
const WORKERS_READY_MS = 20_000;

export async function startStack(config: Config, options: StartOptions, stopping: AbortSignal): Promise<Stack> {
  const root = projectRoot();
  const dataDir = path.resolve(config.HEADROOM_DATA_DIR);
  const taken = options.console ? await portProblem(options.port, config.HOST) : undefined;
  if (taken) throw new Error(taken);
  const busy = holdDataDir(dataDir);
  if (busy) throw new Error(busy);

  const terminal = openTerminal(dataDir, options.verbose);
  const programs: Program[] = [];
  let postgres: EmbeddedPostgres | undefined;
  let watchPostgres: NodeJS.Timeout | undefined;
  let database: Db | undefined;

  const stack: Stack = {
    stop: async () => {
      for (const program of [...programs].reverse()) await program.stop();
      clearInterval(watchPostgres);
      await database?.close().catch(() => undefined);
      await postgres?.stop();
      fs.rmSync(path.join(dataDir, "database-url"), { force: true });
      releaseDataDir(dataDir);
      terminal.say("Stopped.");
      terminal.close();
    },
    kill: () => {
      for (const program of programs) program.kill();
      if (postgres) process.kill(postgres.pid, "SIGQUIT");
      releaseDataDir(dataDir);
    },
  };
  const unlessStopping = () => {
    if (stopping.aborted) throw new Error("stopped");
  };

  try {
    const began = performance.now();
    const building = options.console && !options.dev ? build(root, terminal, config, stopping) : Promise.resolve();
    // Reported where it is awaited; until then it must not count as unhandled.
    building.catch(() => undefined);

    if (config.DATABASE_URL === undefined) {
      const postgresDir = path.join(dataDir, "postgres");
      const leftover = await stopLeftoverPostgres(postgresDir);
      if (leftover !== undefined) terminal.say(`Stopped the database that an earlier start left behind (pid ${leftover}).`);
      if (options.reset) removeDatabase(dataDir, terminal);
      terminal.say("Starting the embedded PostgreSQL.");
      const onLog = (line: string) => terminal.programLine("postgres", line, "out");
      postgres = await startEmbeddedPostgres({ dataDir: postgresDir, onLog });
    }
    const url = config.DATABASE_URL ?? postgres!.url;
    // For a person with psql, while this runs. The address holds the password.
    fs.writeFileSync(path.join(dataDir, "database-url"), `${url}\n`, { mode: 0o600 });
    unlessStopping();
    const applied = await migrate(url);
    if (applied.length > 0) terminal.say(`Database brought up to date (${applied.length} migrations).`);
    await migrateQueues(url);
    database = openDb(url, { max: 3, applicationName: "headroom-launcher" });
    const demoKey = options.demo ? keepSecret(dataDir, "demo-api-key", () => newApiKey()) : undefined;
    const seeded = await seed(database, { now: new Date(), config, demoKey });
    unlessStopping();
    await building;

    const env = {
      ...process.env,
      DATABASE_URL: url,
      PORT: String(options.port),
      HEADROOM_SECRET: config.HEADROOM_SECRET ?? keepSecret(dataDir, "secret"),
      HEADROOM_DATA_DIR: dataDir,
      HEADROOM_URL: config.HEADROOM_URL ?? `http://localhost:${options.port}`,
      NODE_ENV: options.dev ? "development" : "production",
      NODE_OPTIONS: withImport(process.env["NODE_OPTIONS"], path.join(root, "workers/start/follow-launcher.mjs")),
    };
    const run = (name: string, args: string[], onMessage?: (message: unknown) => void) => {
      const program = supervise({
        name,
        args,
        env,
        onLine: (line, stream) => terminal.programLine(name, line, stream),
        onCrash: (how, ms) => terminal.say(`[${name}] ended (${how}); starts again in ${ms / 1000} s`),
        ...(onMessage ? { onMessage } : {}),
      });
      programs.push(program);
    };

    if (postgres)
      watchPostgres = keepPostgres(
        () => postgres!,
        (next) => (postgres = next),
        terminal,
      );

    const workers = ready(WORKERS_READY_MS);
    run("workers", ["--import", "tsx", "workers/main.ts", "--roles", "all"], workers.onMessage);
    if (options.console) {
      const next = "node_modules/next/dist/bin/next";
      const where = ["-p", String(options.port), "-H", config.HOST];
      run("console", options.dev ? [next, "dev", "--turbopack", ...where] : [next, "start", ...where]);
      await answers(`http://${config.HOST === "0.0.0.0" ? "127.0.0.1" : config.HOST}:${options.port}`, stopping);
    }
    await workers.done;
    unlessStopping();
    terminal.say(summary(options, env.HEADROOM_URL, seeded, (performance.now() - began) / 1000));

    if (options.demo && options.console) {
      const args = ["--import", "tsx", "workers/simulator/main.ts", "--url", `http://127.0.0.1:${options.port}`];
      Object.assign(env, { HEADROOM_DEMO_API_KEY: demoKey });
      run("demo", args, (message) => {
        const found = message as { type?: string; share?: number; note?: string };
        if (found.type === "progress") terminal.progress("Loading 30 days of demo history", found.share ?? 0, found.note);
        if (found.type === "say") terminal.say(found.note ?? "");
      });
    }
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
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
  terminal.say(existed ? "The embedded database was deleted." : "There was no embedded database to delete.");
}

const newApiKey = () => `hr_${keepRandom()}`;

function keepRandom(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

function withImport(options: string | undefined, file: string): string {
  return [options, `--import "file://${file}"`].filter(Boolean).join(" ");
}

/** Resolves when the program says "ready" over IPC, or after `limitMs`: a program that does not say so is not waited for. */
function ready(limitMs: number): { done: Promise<void>; onMessage: (message: unknown) => void } {
  let resolve!: () => void;
  const done = new Promise<void>((settle) => (resolve = settle));
  setTimeout(resolve, limitMs).unref();
  return {
    done,
    onMessage: (message) => {
      if (message === "ready" || (message as { type?: string }).type === "ready") resolve();
    },
  };
}

/** Wait until the console answers with anything but a server error. */
async function answers(url: string, stopping: AbortSignal): Promise<void> {
  const until = Date.now() + CONSOLE_READY_MS;
  let last = "it does not answer";
  while (!stopping.aborted) {
    try {
      const response = await fetch(`${url}/healthz`, { redirect: "manual", signal: AbortSignal.timeout(60_000) });
      if (response.status < 500) return;
      last = `it answers with status ${response.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > until)
      throw new Error(`The console at ${url} did not become ready: ${last}. See the log in HEADROOM_DATA_DIR/log.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("stopped");
}

/** The database ended by itself (killed, out of memory): start it again on its port; the programs reconnect. */
function keepPostgres(
  current: () => EmbeddedPostgres,
  replace: (next: EmbeddedPostgres) => void,
  terminal: Terminal,
): NodeJS.Timeout {
  let restarting = false;
  const timer = setInterval(() => {
    const { pid, port, dataDir } = current();
    if (restarting || isAlive(pid)) return;
    restarting = true;
    terminal.say("The database ended unexpectedly; starting it again.");
    startEmbeddedPostgres({ dataDir, port, onLog: (line) => terminal.programLine("postgres", line, "out") })
      .then(replace)
      .catch((error: Error) => terminal.say(error.message))
      .finally(() => (restarting = false));
  }, 1_000);
  return timer;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function summary(options: StartOptions, url: string, seeded: SeedResult, seconds: number): string {
  const logins = seeded.logins.map((login) => `    ${login.role.padEnd(8)} ${login.email}   password: ${login.password}`);
  return [
    "",
    options.console ? `  Headroom is ready after ${Math.round(seconds)} s: ${url}` : "  Headroom's workers are ready.",
    ...(logins.length > 0 ? ["", "  Sign in as", ...logins] : []),
    ...(options.demo ? ["", "  The demo fleet is simulated: its companies, traffic and GPU nodes do not exist."] : []),
    "",
    "  Stop everything with Ctrl-C. What it keeps is in HEADROOM_DATA_DIR (default .headroom).",
    "",
  ].join("\n");
}
