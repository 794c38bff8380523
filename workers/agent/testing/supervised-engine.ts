/** The engine driver over real processes of test-engine.mjs, for one test. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { ApplyStep } from "@/lib/protocol/client";
import { engineConfigSchema, type ProcessConfig } from "../drivers/engine/config";
import { payloadOf } from "../drivers/engine/engine-payload";
import { openEngine } from "../drivers/engine/open-engine";
import { systemClock } from "../system-clock";

export const TEST_ENGINE = [process.execPath, path.join(import.meta.dirname, "test-engine.mjs")];

export interface SupervisedEngine {
  driver: Awaited<ReturnType<typeof openEngine>>;
  /** Of the front. */
  url: string;
  gate: string;
  crashed: string[];
  logged: { level: string; message: string; facts: Record<string, unknown> }[];
  /** Every start of an engine so far: its process and arguments. */
  starts(): { pid: number; args: string }[];
  /** Engines that still live. */
  alive(): number[];
  apply(engine: object, over?: Partial<ApplyStep>): Promise<void>;
  /** JSON of the engine behind the front. */
  ask(path: string): Promise<unknown>;
}

interface Over {
  executor?: Partial<ProcessConfig>;
  initial?: object;
  stateDir?: string;
  env?: Record<string, string>;
}

export async function superviseTestEngine({ executor, initial, stateDir, env = {} }: Over = {}): Promise<SupervisedEngine> {
  const dir = stateDir ?? fs.mkdtempSync(path.join(os.tmpdir(), "headroom-engine-"));
  const startsFile = path.join(dir, "starts.log");
  const gate = path.join(dir, "gate");
  const crashed: string[] = [];
  const logged: SupervisedEngine["logged"] = [];
  const config = engineConfigSchema.parse({
    connector: "engine",
    engine: "vllm",
    ...(initial ? { initial } : {}),
    health: { pollSec: 0.05, startTimeoutSec: 20, failuresUntilDead: 3 },
    warmUp: { requests: 2 },
    executor: {
      kind: "process",
      command: TEST_ENGINE,
      front: { port: 0 },
      drainSec: 5,
      stopSec: 5,
      restart: { firstMs: 20, maxMs: 100 },
      ...executor,
      env: { TEST_ENGINE_STARTS: startsFile, TEST_ENGINE_GATE: gate, ...executor?.env },
    },
  });
  const driver = await openEngine(config, {
    name: "node-1",
    stateDir: dir,
    env: { PATH: process.env["PATH"], ...env },
    clock: systemClock,
    fetch,
    log: (level, message, facts = {}) => void logged.push({ level, message, facts }),
    crashed: (reason) => void crashed.push(reason),
    changed: () => undefined,
  });
  const url = String(logged.find(({ message }) => message === "front listens")!.facts["url"]);
  const starts = () => engineStarts(startsFile);
  const alive = () => starts().flatMap(({ pid }) => (isThere(pid) ? [pid] : []));
  onTestFinished(async () => {
    await driver.close();
    for (const pid of alive()) process.kill(pid, "SIGKILL");
    if (stateDir === undefined) fs.rmSync(dir, { recursive: true, force: true });
  });
  return {
    driver,
    url,
    gate,
    crashed,
    logged,
    starts,
    alive,
    apply: (engine, over = {}) =>
      driver.apply(payloadOf({ ...engine }), {
        generation: 1,
        why: "offer",
        progress: () => undefined,
        signal: new AbortController().signal,
        ...over,
      }),
    ask: async (page) => (await fetch(new URL(page, url))).json(),
  };
}

export function engineStarts(file: string): { pid: number; args: string }[] {
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => ({ pid: Number(line.split(" ")[0]), args: line.slice(line.indexOf(" ") + 1) }));
}

export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Until it is true; an event that no part of the product tells about. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`It did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
