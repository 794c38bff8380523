/**
 * An engine that something else keeps running (systemd, docker, kubectl): an order is a file and a command of the
 * operator, then health, warm-up and read-back as of a supervised process.
 *
 *   applied ──order──→ unsure: file, command, healthy, warm, read back ──→ applied
 *                        └ fails: the file and the order of before, the command again ──→ applied (before)
 *
 * "unsure" is on disk before anything is touched: an agent that is killed in between takes nothing for granted.
 */
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { ApplyStep } from "@/lib/protocol/client";
import { replaceFile } from "@/lib/protocol/client/replace-file";
import type { Health } from "@/lib/protocol/sync";
import type { DriverDeps } from "../../driver";
import { inWords } from "../../foreign/restore";
import { isHealthy, readBack, waitHealthy, warmUp } from "../bring-up";
import type { CommandConfig, EngineConfig } from "../config";
import { readOrder, type EngineOrder } from "../engine-payload";
import type { Executor } from "../executor";
import { secretsOf, withoutSecrets } from "../secrets";
import { fillCommand, fillFile } from "./fill-command";
import { writeWhole } from "./write-whole";

const stateSchema = z.object({
  /** What this agent applied last and read back. */
  applied: z.object({ payload: z.record(z.string(), z.unknown()), generation: z.number().int() }).nullable(),
  unsure: z.boolean(),
});

interface Applied {
  order: EngineOrder;
  generation: number;
}

export async function openCommand(config: EngineConfig, executor: CommandConfig, deps: DriverDeps): Promise<Executor> {
  const stateFile = path.join(deps.stateDir, "engine-command.json");
  const closing = new AbortController();
  const stored = await loadState(stateFile);
  const storedOrder = stored.applied && readOrder(config, stored.applied.payload);
  let applied: Applied | null =
    stored.applied && storedOrder && !("refusal" in storedOrder)
      ? { order: storedOrder, generation: stored.applied.generation }
      : null;
  let unsure = stored.unsure;
  let crashes = 0;
  let trouble: string | null = null;
  let orders: Promise<unknown> = Promise.resolve();
  let busy = false;

  const save = () =>
    replaceFile(
      stateFile,
      JSON.stringify({ applied: applied && { payload: applied.order.payload, generation: applied.generation }, unsure }),
    );
  const check = (order: EngineOrder, signal: AbortSignal) => readBack(config, order, executor.baseUrl, deps, signal);

  const bringUp = async ({ order, generation }: Applied, progress: ApplyStep["progress"], signal: AbortSignal) => {
    progress("applying");
    if (executor.writeFile) await writeWhole(executor.writeFile.path, fillFile(executor.writeFile.format, order));
    await runCommand(fillCommand(executor.apply, order, generation), executor.timeoutSec, deps, signal);
    await waitHealthy(config, executor.baseUrl, deps, signal);
    progress("warming");
    await warmUp(config, executor.baseUrl, deps, signal);
    await untilAgreed(() => check(order, signal), config, deps, signal);
  };

  const carryOut = async (order: EngineOrder, { generation, progress, signal }: ApplyStep) => {
    const next = { order, generation };
    if (!unsure && applied?.order.hash === order.hash && (await check(order, signal).then(Boolean, () => false))) {
      applied = next;
      return save();
    }
    const before = applied;
    const fileBefore = executor.writeFile ? await fs.readFile(executor.writeFile.path, "utf8").catch(() => null) : null;
    unsure = true;
    await save();
    try {
      await bringUp(next, progress, signal);
      applied = next;
    } catch (error) {
      signal.throwIfAborted();
      if (executor.writeFile && fileBefore) await writeWhole(executor.writeFile.path, fileBefore);
      const reason = inWords(error);
      if (!before)
        throw new Error(`${reason} This agent had applied nothing before, so there was nothing to go back to.`, { cause: error });
      await bringUp(before, () => undefined, closing.signal).catch((again: unknown) => {
        throw new Error(`${reason} Going back failed too: ${inWords(again)}`, { cause: error });
      });
      unsure = false;
      await save();
      throw error;
    }
    unsure = false;
    crashes = 0;
    trouble = null;
    await save();
  };

  const apply = (order: EngineOrder, step: ApplyStep) => {
    const next = orders
      .catch(() => undefined)
      .then(async () => {
        busy = true;
        try {
          const signal = AbortSignal.any([step.signal, closing.signal]);
          signal.throwIfAborted();
          await carryOut(order, { ...step, signal });
        } finally {
          busy = false;
        }
      });
    orders = next;
    return next;
  };

  /** Counts an outage once; who restarts the engine is the operator's affair. */
  const watching = (async () => {
    let failures = 0;
    while (!closing.signal.aborted) {
      await deps.clock.wait(config.health.pollSec * 1_000, closing.signal);
      if (busy || !applied || closing.signal.aborted) continue;
      failures = (await isHealthy(config, executor.baseUrl, deps)) ? 0 : failures + 1;
      if (failures === 0 && trouble !== null) {
        trouble = null;
        deps.changed();
      }
      if (failures !== config.health.failuresUntilDead) continue;
      crashes += 1;
      trouble = `${config.health.path} does not answer.`;
      deps.log("error", "the engine does not answer", { crashes });
      deps.crashed(trouble);
      deps.changed();
    }
  })();

  return {
    frontUrl: null,
    refuse: () => null,
    apply,
    runInitial(order) {
      if (applied) return;
      apply(order, { generation: 0, why: "boot", progress: () => undefined, signal: closing.signal }).catch((error: unknown) =>
        deps.log("error", "the initial engine does not start", { reason: inWords(error) }),
      );
    },
    running: () => (applied && !unsure ? { url: executor.baseUrl, order: applied.order } : null),
    health(): Health {
      const reason =
        trouble ?? (applied ? (unsure ? "The last order was not carried out to its end." : null) : "Nothing was ordered yet.");
      return { ok: reason === null, ...(reason === null ? {} : { reason }), crashes, figures: {} };
    },
    async close() {
      closing.abort(new Error("The agent ends."));
      await orders.catch(() => undefined);
      await watching;
    },
  };
}

/** What was there before may still answer for a moment, e.g. while a rollout replaces it. */
async function untilAgreed(
  check: () => Promise<unknown>,
  config: EngineConfig,
  deps: DriverDeps,
  signal: AbortSignal,
): Promise<void> {
  const until = deps.clock.steadyMs() + config.health.startTimeoutSec * 1_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (deps.clock.steadyMs() >= until) throw error;
    }
    await deps.clock.wait(config.health.pollSec * 1_000, signal);
  }
}

async function runCommand(argv: readonly string[], timeoutSec: number, deps: DriverDeps, signal: AbortSignal): Promise<void> {
  const { env } = deps;
  const ownKeysLeftOut = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("HEADROOM_")));
  try {
    await promisify(execFile)(argv[0]!, argv.slice(1), {
      timeout: timeoutSec * 1_000,
      killSignal: "SIGKILL",
      signal,
      env: ownKeysLeftOut as NodeJS.ProcessEnv,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    signal.throwIfAborted();
    const { code, killed, stderr } = error as { code?: number | string; killed?: boolean; stderr?: string };
    const how = killed
      ? `did not end within ${timeoutSec} s`
      : typeof code === "number"
        ? `ended with code ${code}`
        : `cannot be run (${code ?? "unknown"})`;
    // Its output stays on this machine.
    deps.log("warn", "the command failed", {
      command: argv[0]!,
      printed: withoutSecrets((stderr ?? "").slice(-2_000), secretsOf(env)),
    });
    throw new Error(`The command ${argv[0]} ${how}.`, { cause: error });
  }
}

async function loadState(file: string): Promise<z.infer<typeof stateSchema>> {
  try {
    return stateSchema.parse(JSON.parse(await fs.readFile(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { applied: null, unsure: false };
    throw new Error(`${file} is damaged. Remove it: the next order is then carried out in any case.`, { cause: error });
  }
}
