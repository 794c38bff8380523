/** What the demo's simulated vLLM says and did, as a program of its own, is what its node's sample says. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Sample } from "@/lib/telemetry/samples";
import { bundlePrograms, programFile } from "../../simulator/bundle";
import { startProgram, type StartedProgram } from "../../simulator/testing";
import { startCollectors } from "./start-collectors";
import { steppedClock } from "./testing/stepped-clock";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-collect-"));
let engine: StartedProgram;

beforeAll(async () => {
  await bundlePrograms(dir, ["engine"]);
  const flags = ["--model", "meta-llama/Llama-3.1-8B-Instruct", "--served-model-name", "llama", "--port", "0"];
  engine = await startProgram(programFile(dir, "engine"), flags, { HEADROOM_SIM_SPEED: "20" });
});
afterAll(async () => {
  engine.child.kill("SIGKILL");
  await engine.ended;
  fs.rmSync(dir, { recursive: true, force: true });
});

it("tokens to the last, memory and setup as started, busy while it answers", async () => {
  await expect.poll(async () => (await fetch(`${engine.url}/health`)).status, { timeout: 10_000, interval: 20 }).toBe(200);
  const clock = steppedClock();
  const samples: Sample[] = [];
  const collectors = startCollectors({
    node: "sim-1",
    pool: "chat",
    sources: [
      { kind: "vllm", url: `${engine.url}/metrics` },
      { kind: "dcgm", url: `${engine.url}/dcgm` },
    ],
    intervalSec: 15,
    deliver: (sample) => samples.push(sample),
    clock,
    fetch,
    log: () => undefined,
  });
  await clock.waiting(15_000);
  const usages = await Promise.all(
    ["one", "two", "three"].map(async (content) => {
      const body = JSON.stringify({ model: "llama", messages: [{ role: "user", content }] });
      const response = await fetch(`${engine.url}/v1/chat/completions`, { method: "POST", body });
      return ((await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } }).usage;
    }),
  );
  clock.advance(15_000);
  await clock.waiting(15_000);
  clock.advance(15_000);
  await clock.waiting(15_000);
  await collectors.close();

  const sum = (read: (usage: (typeof usages)[number]) => number) => usages.reduce((total, usage) => total + read(usage), 0);
  const page = await (await fetch(`${engine.url}/metrics`)).text();
  expect(samples[0]).toMatchObject({
    engine: "vllm",
    model: "llama",
    gpuCount: 1,
    gpuType: expect.stringContaining("NVIDIA"),
    running: 0,
    waiting: 0,
    promptTokens: sum((usage) => usage.prompt_tokens),
    generatedTokens: sum((usage) => usage.completion_tokens),
    preemptions: 0,
    extra: {
      headroom_simulated: 1,
      requests_finished: 3,
      ttft_seconds_count: 3,
      engine_active_from: "engine",
      setup_num_gpu_blocks: /num_gpu_blocks="(\d+)"/.exec(page)![1],
    },
  });
  expect(samples[0]!.engineActive).toBeGreaterThan(0);
  expect(samples[0]!.energyMj).toBeGreaterThan(0);
  expect(samples[0]!.memoryUsedMib! / samples[0]!.memoryTotalMib!).toBeGreaterThan(0.5);
  expect(samples[1]).toMatchObject({ promptTokens: 0, generatedTokens: 0, extra: { requests_finished: 0 } });
});
