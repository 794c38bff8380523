/** A simulated engine with the settings of a change, on a free port of this process, for as long as an evaluation asks it. */
import { setTimeout as sleep } from "node:timers/promises";
import { randomAt } from "@/lib/stats/random";
import { engineSettingsSchema } from "@/workers/agent/drivers/engine/config";
import { launchArguments } from "@/workers/agent/drivers/engine/launch-arguments";
import type { OpenCandidate } from "@/workers/evaluations/open-candidate";
import { readFault } from "../engine/fault";
import { readFlags } from "../engine/flags";
import { gpuNamed, modelNamed } from "../engine/hardware";
import { planMemory } from "../engine/model";
import { startEngine } from "../engine/server";
import { POOLS } from "../fleet";

/** Simulated seconds in a real one. */
const SPEED = 20;
const COLD_START_SCALE = 0.02;

export const openSimulatedEngine: OpenCandidate = async ({ pool, settings: stated }) => {
  const launch = launchArguments({ engine: "vllm" }, engineSettingsSchema.parse(stated));
  if ("refusals" in launch) throw new Error(launch.refusals.join(" "));
  const settings = readFlags([...launch.model, ...launch.args, "--host", "127.0.0.1", "--port", "0"]);
  if ("refusal" in settings) throw new Error(settings.refusal);
  const gpu = gpuNamed(POOLS.find(({ id }) => id === pool)?.gpuType ?? "L4")!;
  const model = modelNamed(settings.model);
  if (!model) throw new Error(`Nobody knows the model ${settings.model}.`);
  const memory = planMemory(model, gpu, settings);
  if ("crash" in memory) throw new Error(memory.crash);
  const fault = readFault(undefined, settings.precision);
  const random = randomAt("evaluation", settings.model, settings.precision).next;
  const parts = { settings, model, gpu, memory, fault, speed: SPEED, coldStartScale: COLD_START_SCALE, random, now: Date.now };
  const running = await startEngine(parts, () => undefined);
  while (!running.engine.ready) await sleep(20);
  return { baseUrl: `${running.url}/v1`, model: settings.servedModelNames[0]!, close: running.close };
};
