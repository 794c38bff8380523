/**
 * A simulated `vllm serve`: no GPU, no model, the behaviour of both as formulas (model.ts). Beside vLLM's flags:
 *
 *   HEADROOM_SIM_GPU               L4 (default), L40S, A10G, A100-80GB, H100
 *   HEADROOM_SIM_COLD_START_SCALE  real seconds per simulated second of loading, default 0.05: three seconds for a minute
 *   HEADROOM_SIM_SPEED             simulated seconds per real second, default 1
 *   HEADROOM_SIM_FAULT             fault.ts
 *   HEADROOM_SIM_SEED              of the few things left to chance
 */
import { randomAt } from "@/lib/stats/random";
import { readFault } from "./fault";
import { readFlags } from "./flags";
import { GPU_NAMES, gpuNamed, modelNamed } from "./hardware";
import { coldStartSeconds, planMemory } from "./model";
import { startEngine } from "./server";

const say = (line: string) => process.stderr.write(`${line}\n`);

function fail(code: number, ...lines: string[]): never {
  for (const line of lines) say(line);
  process.exit(code);
}

const positive = (name: string, otherwise: number): number => {
  const value = Number(process.env[name] ?? otherwise);
  return value > 0 ? value : fail(1, `${name} must be a number above 0.`);
};

async function main(): Promise<void> {
  const settings = readFlags(process.argv.slice(2));
  if ("refusal" in settings)
    return fail(2, "usage: vllm serve --model MODEL [options]   (simulated)", `vllm: error: ${settings.refusal}`);
  const gpuName = process.env["HEADROOM_SIM_GPU"] ?? "L4";
  const gpu = gpuNamed(gpuName) ?? fail(1, `HEADROOM_SIM_GPU is one of ${GPU_NAMES.join(", ")}, not ${gpuName}.`);
  const model =
    modelNamed(settings.model) ??
    fail(1, `OSError: ${settings.model} is not a local folder and is not a valid model identifier.`);
  const fault = readFault(process.env["HEADROOM_SIM_FAULT"], settings.precision);
  const memory = planMemory(model, gpu, settings);
  if ("crash" in memory) return fail(1, "EngineCore failed to start. (simulated)", memory.crash);
  if (fault.crashOnStart) return fail(1, "RuntimeError: Engine core initialization failed. (HEADROOM_SIM_FAULT=crash-on-start)");

  const coldStartScale = positive("HEADROOM_SIM_COLD_START_SCALE", 0.05);
  const speed = positive("HEADROOM_SIM_SPEED", 1);
  const random = randomAt(process.env["HEADROOM_SIM_SEED"] ?? "1", settings.port, settings.model);
  const parts = { settings, model, gpu, memory, fault, speed, coldStartScale, random: random.next, now: Date.now };
  const running = await startEngine(parts, () =>
    fail(1, "torch.OutOfMemoryError: CUDA out of memory. (HEADROOM_SIM_FAULT=oom-after)"),
  );
  const loading = coldStartSeconds(model, settings);
  say(
    `SIMULATED engine on ${running.url}: ${settings.servedModelNames[0]} ${settings.precision} on one ${gpu.name}, ` +
      `${(memory.weightsBytes / 1e9).toFixed(1)} GB of weights, ${memory.kvTokens} KV tokens; a real one loads ` +
      `${Math.round(loading)} s, this one ${((loading * coldStartScale) / speed).toFixed(1)} s.`,
  );
  process.send?.({ type: "listening", url: running.url });

  // As vLLM: no new requests, those under way are cut off.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void running.close().then(() => process.exit(0)));
}

void main().catch((error: unknown) => fail(1, error instanceof Error ? error.message : String(error)));
