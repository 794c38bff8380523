/**
 * What `npm start` and `npm test` run first: plain Node, no packages, because on a fresh clone there are none.
 *
 *   Node new enough? → packages as the lockfile says? (else npm ci) → Prisma client fresh? (else generate) → TypeScript
 *
 * Nothing else is downloaded. The TypeScript program then runs in this same process, so there is one pid to stop.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lockMismatch, nodeTooOld } from "./preflight.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const PROGRAMS = { start: "workers/start/main.ts", test: "lib/testing/run-all.ts" };

const [program = "start", ...args] = process.argv.slice(2);
if (!(program in PROGRAMS)) fail(`Unknown program "${program}". Use: npm start, or npm test.`);
process.chdir(root);

const tooOld = nodeTooOld(process.versions.node);
if (tooOld) fail(tooOld);

Object.assign(process.env, {
  NEXT_TELEMETRY_DISABLED: "1",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  CHECKPOINT_DISABLE: "1",
  npm_config_update_notifier: "false",
  // Prisma only checks that this file exists; without it, it tries to download an engine that it does not need.
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
});

await installPackages(program === "test");
await generateClient();

const { register } = await import("tsx/esm/api");
register();
process.argv = [process.argv[0], path.join(root, PROGRAMS[program]), ...args];
await import(pathToFileURL(path.join(root, PROGRAMS[program])).href);

async function installPackages(withDevelopment) {
  const wanted = readJson("package-lock.json");
  const installed = readJson("node_modules/.package-lock.json");
  const reason = lockMismatch(wanted, installed, {
    withDevelopment,
    exists: (folder) => fs.existsSync(path.join(root, folder)),
  });
  if (!reason) return;
  console.log(`Installing packages (${reason}). This happens once and takes about half a minute.`);
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith("js")
    ? [process.execPath, [npm]]
    : [process.platform === "win32" ? "npm.cmd" : "npm", []];
  const flags = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--include=dev"];
  if ((await run(command, [...first, ...flags])) !== 0) {
    fail("npm ci failed; its message is above. Headroom needs the npm registry once, to install its packages.");
  }
}

async function generateClient() {
  const client = modified("lib/db/generated/client.ts");
  if (client >= modified("prisma/schema.prisma") && client >= modified("node_modules/prisma/package.json")) return;
  console.log("Preparing the database client.");
  const prisma = path.join(root, "node_modules/prisma/build/index.js");
  const { code, output } = await runQuietly(process.execPath, [prisma, "generate"]);
  if (code !== 0) fail(`prisma generate failed:\n${output}`);
}

function modified(file) {
  return fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));
  } catch {
    return undefined;
  }
}

function run(command, argv) {
  return new Promise((resolve) => {
    const child = spawn(command, argv, { cwd: root, stdio: "inherit" });
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function runQuietly(command, argv) {
  return new Promise((resolve) => {
    const child = spawn(command, argv, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", (error) => resolve({ code: 1, output: error.message }));
    child.once("exit", (code) => resolve({ code: code ?? 1, output }));
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
