/** A real agent process (the bundle, as users run it) beside a test console, with an engine of test-engine.mjs. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { onTestFinished } from "vitest";
import { TEST_TOKEN, testConsole, type TestConsole } from "@/lib/protocol/testing/test-console";
import { freePort } from "../drivers/engine/process/free-port";
import { engineStarts, isThere, TEST_ENGINE, until } from "./supervised-engine";

export interface AgentProcess {
  console: TestConsole;
  stateDir: string;
  /** Of the engine's front. */
  url: string;
  gate: string;
  /** Log lines of all its lives, newest last. */
  log: { level: string; message: string; [fact: string]: unknown }[];
  start(): Promise<void>;
  /** SIGKILL, now; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Every start of an engine so far. */
  starts(): { pid: number; args: string }[];
  /** Engines that live. */
  alive(): number[];
  /** JSON of the engine behind the front; null while there is none. */
  ask(page: string): Promise<unknown>;
  /** What the sync client has on disk: its newest slot. */
  journal(): Record<string, unknown>;
  /** What the driver has on disk. */
  engines(): { role: string; generation: number }[];
}

export async function agentProcess(bundle: string, executor: object = {}): Promise<AgentProcess> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-agent-"));
  const console_ = await testConsole({ holdMs: 10_000 });
  const stateDir = path.join(dir, "state");
  const startsFile = path.join(dir, "starts.log");
  const gate = path.join(dir, "gate");
  const port = await freePort(undefined, new Set());
  const config = path.join(dir, "agent.json");
  fs.writeFileSync(
    config,
    JSON.stringify({
      stateDir,
      listen: null,
      target: {
        connector: "engine",
        engine: "vllm",
        health: { pollSec: 0.05 },
        warmUp: { requests: 1 },
        executor: {
          kind: "process",
          command: TEST_ENGINE,
          front: { port },
          drainSec: 2,
          stopSec: 2,
          restart: { firstMs: 20, maxMs: 100 },
          env: { TEST_ENGINE_STARTS: startsFile, TEST_ENGINE_GATE: gate },
          ...executor,
        },
      },
    }),
  );
  const log: AgentProcess["log"] = [];
  let child: ChildProcess | null = null;
  const starts = () => engineStarts(startsFile);
  const alive = () => starts().flatMap(({ pid }) => (isThere(pid) ? [pid] : []));
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = once(child, "exit");
    child.kill(signal);
    return ((await gone) as [number | null])[0];
  };
  onTestFinished(async () => {
    await end("SIGKILL");
    await console_.close();
    for (const pid of alive()) process.kill(pid, "SIGKILL");
    fs.rmSync(dir, { recursive: true, force: true });
  });
  return {
    console: console_,
    stateDir,
    url: `http://127.0.0.1:${port}`,
    gate,
    log,
    async start() {
      const before = log.length;
      const args = [bundle, "--config", config, "--console", console_.url, "--name", "node-1"];
      child = spawn(process.execPath, args, {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, NODE_ENV: "production", HEADROOM_ENROLMENT_TOKEN: TEST_TOKEN },
      });
      const lines = readline.createInterface({ input: child.stderr! });
      lines.on("line", (line) =>
        log.push(line.startsWith("{") ? (JSON.parse(line) as AgentProcess["log"][number]) : { level: "error", message: line }),
      );
      await until(
        () => log.slice(before).some(({ message }) => message === "agent runs") || child!.exitCode !== null,
        "the agent runs",
      );
    },
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    starts,
    alive,
    ask: async (page) => {
      const response = await fetch(`http://127.0.0.1:${port}${page}`).catch(() => null);
      return response?.ok ? response.json() : null;
    },
    journal: () => newestSlot(stateDir),
    engines: () => {
      try {
        return JSON.parse(fs.readFileSync(path.join(stateDir, "driver/engines.json"), "utf8")) as {
          role: string;
          generation: number;
        }[];
      } catch {
        return [];
      }
    },
  };
}

function newestSlot(stateDir: string): Record<string, unknown> {
  const slots = ["slot-a.json", "slot-b.json"].flatMap((name) => {
    try {
      return [
        JSON.parse(fs.readFileSync(path.join(stateDir, name), "utf8")) as { serial: number; record: Record<string, unknown> },
      ];
    } catch {
      return [];
    }
  });
  return slots.sort((a, b) => b.serial - a.serial)[0]?.record ?? {};
}
