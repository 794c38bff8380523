/** From "started" to "does what it was ordered": health, warm-up, read-back. For engines of either executor. */
import type { Clock } from "@/lib/protocol/client";
import type { EngineConfig } from "./config";
import type { EngineOrder } from "./engine-payload";
import { disagreements, readEngine, type EngineReading } from "./read-back";

interface Deps {
  clock: Clock;
  fetch: typeof fetch;
}

const PROBE_MS = 10_000;

export async function isHealthy(config: EngineConfig, url: string, deps: Deps): Promise<boolean> {
  try {
    const response = await deps.fetch(new URL(config.health.path, url), { signal: AbortSignal.timeout(PROBE_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Throws when it is not healthy in time or `signal` comes. */
export async function waitHealthy(config: EngineConfig, url: string, deps: Deps, signal: AbortSignal): Promise<void> {
  const { startTimeoutSec, pollSec, path } = config.health;
  const until = deps.clock.steadyMs() + startTimeoutSec * 1_000;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, pollSec * 1_000)) {
    if (await isHealthy(config, url, deps)) return;
    signal.throwIfAborted();
    if (deps.clock.steadyMs() >= until) throw new Error(`${path} was not healthy within ${startTimeoutSec} s.`);
    await deps.clock.wait(pauseMs, signal);
    signal.throwIfAborted();
  }
}

/** The first requests of a new engine are slow: better these than a user's. */
export async function warmUp(config: EngineConfig, url: string, deps: Deps, signal: AbortSignal): Promise<void> {
  const { requests, path, body, timeoutSec } = config.warmUp;
  if (requests === 0) return;
  const { servedModel } = await readEngine(config.engine, asker(url, deps, signal));
  for (let done = 0; done < requests; done += 1) {
    const response = await deps.fetch(new URL(path, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: servedModel, ...body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSec * 1_000)]),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`Warm-up request ${done + 1} of ${requests} was answered with ${response.status}.`);
  }
}

/** Throws when it does not answer or runs something else than was ordered. */
export async function readBack(
  config: EngineConfig,
  order: EngineOrder,
  url: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<EngineReading> {
  const reading = await readEngine(config.engine, asker(url, deps, signal));
  const found = disagreements(order, reading);
  if (found.length > 0) throw new Error(`It runs, but not as ordered: ${found.join(" ")}`);
  return reading;
}

export function asker(url: string, { fetch }: Deps, signal: AbortSignal): (path: string) => Promise<string> {
  return async (path) => {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answers ${response.status}.`);
    return text;
  };
}
