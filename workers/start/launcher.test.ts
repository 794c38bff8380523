/** The real launcher on a real data folder: start, Ctrl-C, a taken port, a second launcher, and a launcher that was killed. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "@/lib/db/project-root";

let dataDir: string;
const launchers: ChildProcess[] = [];

beforeAll(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-launcher-"));
  fs.chmodSync(dataDir, 0o755);
});
afterAll(() => {
  for (const launcher of launchers) launcher.kill("SIGKILL");
  fs.rmSync(dataDir, { recursive: true, force: true });
});

function start(...flags: string[]) {
  const env: Record<string, string | undefined> = { ...process.env, HEADROOM_DATA_DIR: dataDir, LOG_LEVEL: "info" };
  for (const name of ["DATABASE_URL", "REDIS_URL", "NODE_ENV", "NODE_OPTIONS", "VITEST"]) delete env[name];
  const launcher = spawn(process.execPath, ["workers/start/bootstrap.mjs", "start", ...flags], {
    cwd: projectRoot(),
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a test's Ctrl-C reaches what a terminal's would reach, and no more.
    detached: true,
  });
  launchers.push(launcher);
  let output = "";
  const watchers = new Set<() => void>();
  for (const stream of [launcher.stdout!, launcher.stderr!]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      for (const watch of watchers) watch();
    });
  }
  const exited = new Promise<number | string>((resolve) => {
    launcher.once("close", (code, signal) => {
      resolve(code ?? signal ?? "unknown");
      for (const watch of watchers) watch();
    });
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (output.includes(text)) resolve();
        else if (launcher.exitCode !== null) reject(new Error(`The launcher ended without saying "${text}":\n${output}`));
      };
      watchers.add(watch);
      watch();
    });
  return { pid: launcher.pid!, says, exited, output: () => output };
}

/** Pids of everything that this test's data folder belongs to. */
function running(): number[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        return environment.includes(`HEADROOM_DATA_DIR=${dataDir}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function answersSql(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query("select count(*) from workspace")).rowCount === 1;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const onLinux = process.platform === "linux";

describe.runIf(onLinux)("npm start", () => {
  it("starts the database and the workers, refuses a second start, and leaves nothing behind on Ctrl-C", async () => {
    const first = start("--no-console", "--no-demo");
    await first.says("workers are ready");
    expect(running().length).toBeGreaterThan(2);
    expect(fs.statSync(path.join(dataDir, "secret")).mode & 0o777).toBe(0o600);

    const second = start("--no-console", "--no-demo");
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`Headroom already runs in ${dataDir} (pid ${first.pid})`);

    // What a terminal does: the signal goes to the whole group.
    process.kill(-first.pid, "SIGINT");
    expect(await first.exited).toBe(0);
    expect(first.output()).toContain("Stopped.");
    await expect.poll(running).toEqual([]);
    expect(fs.existsSync(path.join(dataDir, "launcher.pid"))).toBe(false);
  }, 90_000);

  it("after kill -9 its programs end by themselves, and the next start stops the database that was left; --reset empties it; a dead database comes back", async () => {
    const killed = start("--no-console", "--no-demo");
    await killed.says("workers are ready");
    process.kill(killed.pid, "SIGKILL");
    await killed.exited;
    const isPostgres = (pid: number) => fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("postgres");
    await expect.poll(() => running().filter((pid) => !isPostgres(pid)), { timeout: 20_000 }).toEqual([]);
    expect(running().length).toBeGreaterThan(0);

    const next = start("--no-console", "--no-demo", "--reset");
    await next.says("workers are ready");
    expect(next.output()).toContain("Stopped the database that an earlier start left behind");
    expect(next.output()).toContain("The embedded database was deleted.");
    expect(next.output()).toContain("Database brought up to date");

    // A database that dies meanwhile comes back under the same address.
    const url = fs.readFileSync(path.join(dataDir, "database-url"), "utf8").trim();
    process.kill(Number(fs.readFileSync(path.join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
    await next.says("The database ended unexpectedly");
    await expect.poll(() => answersSql(url), { timeout: 20_000 }).toBe(true);
    process.kill(next.pid, "SIGTERM");
    expect(await next.exited).toBe(0);
    await expect.poll(running).toEqual([]);
  }, 120_000);

  it("says that the port is taken and how to choose another, before it does anything", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const before = fs.readdirSync(dataDir);
    const launcher = start("--port", String(port));
    expect(await launcher.exited).toBe(1);
    expect(launcher.output()).toContain(`Port ${port} is already taken`);
    expect(launcher.output()).toContain(`npm start -- --port ${port + 1}`);
    expect(fs.readdirSync(dataDir)).toEqual(before);
    await new Promise((resolve) => server.close(resolve));
  }, 30_000);

  it("prints its flags", async () => {
    const help = start("--help");
    expect(await help.exited).toBe(0);
    expect(help.output()).toContain("--no-demo");
    const wrong = start("--nodemo");
    expect(await wrong.exited).toBe(1);
    expect(wrong.output()).toContain("--nodemo");
  }, 30_000);
});
