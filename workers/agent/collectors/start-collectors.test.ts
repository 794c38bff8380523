/** Sources over real HTTP and a real command, on a clock that the test moves. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Sample } from "@/lib/telemetry/samples";
import { collectorsConfigSchema } from "./config";
import type { Source } from "./source";
import { startCollectors, type Collectors } from "./start-collectors";
import { metricsServer, type MetricsServer } from "./testing/metrics-server";
import { advance, fixture, restarted } from "./testing/pages";
import { steppedClock } from "./testing/stepped-clock";

const INTERVAL_MS = 15_000;
const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function serve(page: MetricsServer["page"]): Promise<MetricsServer> {
  const server = await metricsServer(page);
  opened.push(server);
  return server;
}

function collect(sources: Source[], over: Partial<Parameters<typeof startCollectors>[0]> = {}) {
  const clock = steppedClock();
  const samples: Sample[] = [];
  const said: string[] = [];
  const collectors: Collectors = startCollectors({
    node: "node-1",
    pool: "chat",
    sources,
    intervalSec: INTERVAL_MS / 1_000,
    deliver: (sample) => samples.push(sample),
    clock,
    fetch,
    log: (level, message, facts) =>
      said.push([level, message, facts?.["source"], facts?.["reason"]].filter((part) => part !== undefined).join("; ")),
    ...over,
  });
  opened.push(collectors);
  /** The pass under way ends; then the clock stands at the beginning of the next. */
  const pass = async () => {
    await clock.waiting(INTERVAL_MS);
    clock.advance(INTERVAL_MS);
    await clock.waiting(INTERVAL_MS);
  };
  return { clock, samples, said, collectors, pass };
}

const vllm = () => fixture("vllm-new.prom");
const tokens = (text: string, count: number) => advance(text, { "vllm:generation_tokens_total": count });

describe("the collectors", () => {
  it("make one sample of engine and GPUs an interval, from the second pass on", async () => {
    const [engine, gpus] = [await serve(vllm()), await serve(fixture("dcgm.prom"))];
    const { samples, pass, collectors } = collect([
      { kind: "vllm", url: engine.url },
      { kind: "dcgm", url: gpus.url },
    ]);
    engine.page = tokens(vllm(), 0);
    await pass();
    engine.page = tokens(vllm(), 150);
    await pass();
    expect(
      samples.map(({ generatedTokens, engineActive, gpuCount, engine: name, intervalSec }) => [
        generatedTokens,
        engineActive,
        gpuCount,
        name,
        intervalSec,
      ]),
    ).toEqual([
      [0, 0.5, 2, "vllm", 15],
      [150, 0.5, 2, "vllm", 15],
    ]);
    expect(Date.parse(samples[1]!.at) - Date.parse(samples[0]!.at)).toBe(INTERVAL_MS);
    expect(collectors.lastReading()).toMatchObject({
      at: samples[1]!.at,
      setup: { num_gpu_blocks: "27000", cache_dtype: "fp8" },
      sources: [
        { kind: "vllm", error: null },
        { kind: "dcgm", error: null },
      ],
    });
  });

  it("do not wait for a source that is slow, and lose nothing of it", async () => {
    const [engine, gpus] = [await serve(vllm()), await serve(fixture("dcgm.prom"))];
    const { clock, samples, said, pass } = collect([
      { kind: "vllm", url: engine.url },
      { kind: "dcgm", url: gpus.url },
    ]);
    await pass();
    const asked = new Promise<void>((resolve) => {
      engine.page = () => resolve();
    });
    await clock.waiting(INTERVAL_MS);
    clock.advance(INTERVAL_MS);
    await asked;
    await clock.waiting(10_000);
    clock.advance(10_000);
    await clock.waiting(5_000);
    expect(samples[1]).toMatchObject({ engineActive: 0.5, engine: null, generatedTokens: null, intervalSec: 15 });
    expect(said).toEqual(["warn; a source of metrics cannot be read; vllm; it did not answer within 10000 ms"]);
    engine.page = tokens(vllm(), 700);
    clock.advance(5_000);
    await clock.waiting(INTERVAL_MS);
    expect(samples[2]).toMatchObject({ generatedTokens: 700, engine: "vllm", intervalSec: 15 });
    expect(said[1]).toBe("info; a source of metrics is back; vllm");
  });

  it("do not count what came too late twice, or never: it is in the next reading", async () => {
    const engine = await serve(vllm());
    let late: () => void = () => undefined;
    let hold: Promise<void> | null = null;
    // A client that does not heed the signal, as an odd proxy agent might.
    const deaf: typeof fetch = async (input) => {
      const response = await fetch(input);
      await hold;
      return response;
    };
    const { clock, samples, pass } = collect([{ kind: "vllm", url: engine.url }], { gpu: { count: 1 }, fetch: deaf });
    await pass();
    engine.page = tokens(vllm(), 80);
    hold = new Promise((resolve) => (late = resolve));
    clock.advance(INTERVAL_MS);
    await clock.waiting(10_000);
    clock.advance(10_000);
    await clock.waiting(5_000);
    late();
    hold = null;
    // The late answer is through when a request that began after it is.
    await (await fetch(engine.url)).text();
    clock.advance(5_000);
    await clock.waiting(INTERVAL_MS);
    expect(samples.map(({ generatedTokens }) => generatedTokens)).toEqual([0, 80]);
  });

  it.each<[string, MetricsServer["page"], RegExp]>([
    ["refuses", (response) => response.writeHead(503).end(), /it answered 503/],
    ["redirects", (response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(), /redirect/],
    ["is no metrics page", "<html>hello</html>\n", /no metrics/],
    [
      "breaks off",
      (response) => response.writeHead(200, { "content-length": "900000" }).write("vllm:x 1\n", () => response.destroy()),
      /terminated|other side closed|ECONNRESET|UND_ERR_SOCKET/,
    ],
    [
      "never ends",
      (response) => {
        response.writeHead(200);
        const chunk = "vllm:x 1\n".repeat(100_000);
        const more = () => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
      },
      /larger than 16 MiB/,
    ],
  ])("go on without a source that %s", async (_, page, reason) => {
    const [engine, gpus] = [await serve(page), await serve(fixture("dcgm.prom"))];
    const { samples, said, pass } = collect([
      { kind: "vllm", url: engine.url },
      { kind: "dcgm", url: gpus.url },
    ]);
    await pass();
    await pass();
    expect(samples.map(({ gpuCount, running }) => [gpuCount, running])).toEqual([
      [2, null],
      [2, null],
    ]);
    expect(said).toEqual([expect.stringMatching(reason)]);
  });

  it("call an interval without any answer a gap, not an idle node, and keep the GPUs in mind when only they are silent", async () => {
    const [engine, gpus] = [await serve(vllm()), await serve(fixture("dcgm.prom"))];
    const { samples, pass, collectors } = collect([
      { kind: "vllm", url: engine.url },
      { kind: "dcgm", url: gpus.url },
    ]);
    await pass();
    gpus.page = (response) => response.destroy();
    engine.page = tokens(vllm(), 10);
    await pass();
    engine.page = (response) => response.destroy();
    await pass();
    expect(samples).toHaveLength(2);
    expect(samples[1]).toMatchObject({
      gpuCount: 2,
      gpuType: "NVIDIA H100 80GB HBM3",
      engineActive: null,
      gpuUtil: null,
      generatedTokens: 10,
    });
    expect(collectors.lastReading()).toMatchObject({
      sample: null,
      sources: [{ error: expect.any(String) }, { error: expect.any(String) }],
    });
    engine.page = tokens(vllm(), 60);
    await pass();
    expect(samples[2]).toMatchObject({ generatedTokens: 50, intervalSec: 15 });
  });

  it("follow an engine that moves to a new process, and back to the old one that was kept warm", async () => {
    const [blue, green] = [await serve(vllm()), await serve(advance(restarted(vllm()), { "vllm:generation_tokens_total": 30 }))];
    let url: string | null = blue.url;
    const { samples, pass } = collect([{ kind: "vllm", url: () => url }], { gpu: { count: 1, type: "H100" } });
    await pass();
    url = green.url;
    await pass();
    url = null;
    await pass();
    url = blue.url;
    blue.page = tokens(vllm(), 5);
    await pass();
    // 30 that warmed it up; no sample while no engine ran; 5 since the old one was last read.
    expect(samples.map(({ generatedTokens }) => generatedTokens)).toEqual([0, 30, 5]);
  });

  it("read only the GPUs that are meant, and send the token of the source", async () => {
    const gpus = await serve(fixture("dcgm.prom"));
    const { samples, pass } = collect([{ kind: "dcgm", url: gpus.url, only: { gpu: ["1"] }, bearerToken: "secret" }]);
    await pass();
    expect(samples[0]).toMatchObject({ gpuCount: 1, engineActive: 0.2 });
    expect(gpus.scrapes[0]!.authorization).toBe("Bearer secret");
  });

  it("run nvidia-smi from the path of the configuration, beside dcgm-exporter only where that has nothing", async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-smi-"));
    opened.push({ close: () => fs.rmSync(dir, { recursive: true, force: true }) });
    const command = path.join(dir, "nvidia-smi");
    fs.writeFileSync(path.join(dir, "out.csv"), fixture("nvidia-smi.csv"));
    fs.writeFileSync(command, `#!/bin/sh\nprintf '%s\\n' "$@" > "${dir}/args"\ncat "${dir}/out.csv"\n`, { mode: 0o755 });
    const gpus = await serve(fixture("dcgm.prom").replace(/^DCGM_FI_DEV_FB_\w+\{.*\n/gm, ""));
    const { samples, pass } = collect([
      { kind: "dcgm", url: gpus.url },
      { kind: "nvidia-smi", path: command },
      { kind: "nvidia-smi", path: path.join(dir, "missing") },
    ]);
    await pass();
    expect(fs.readFileSync(path.join(dir, "args"), "utf8").split("\n")).toEqual([
      "--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total,power.draw,temperature.gpu",
      "--format=csv,noheader,nounits",
      "",
    ]);
    // Memory from nvidia-smi, everything else from dcgm-exporter: power is 512.25 + 130.75 there.
    expect(samples[0]).toMatchObject({ gpuCount: 2, memoryUsedMib: 117_178, powerWatts: 643, engineActive: 0.5, gpuUtil: 0.69 });
  });

  it("leave out the beats that they missed, and never call the time in which they stood still measured", async () => {
    const gpus = await serve(fixture("dcgm.prom"));
    const { clock, samples } = collect([{ kind: "dcgm", url: gpus.url }]);
    await clock.waiting(INTERVAL_MS);
    clock.advance(4 * INTERVAL_MS);
    await clock.waiting(INTERVAL_MS);
    clock.advance(3_600_000);
    await clock.waiting(INTERVAL_MS);
    expect(samples.map(({ intervalSec }) => intervalSec)).toEqual([60, 15]);
  });

  it("end at once, in the middle of a pass", async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const engine = await serve(() => ask());
    const { collectors, samples, said } = collect([{ kind: "vllm", url: engine.url }]);
    await asked;
    await collectors.close();
    expect([samples, said, collectors.lastReading()]).toEqual([[], [], null]);
  });
});

describe("the section of the agent's file", () => {
  it("takes sources with their defaults, and refuses what it does not know", () => {
    const read = collectorsConfigSchema.parse({
      pool: "chat",
      sources: [{ kind: "vllm", url: "http://127.0.0.1:8000/metrics" }, { kind: "nvidia-smi" }],
    });
    expect(read).toMatchObject({
      intervalSec: 15,
      spoolBytes: 67_108_864,
      sources: [{ kind: "vllm" }, { kind: "nvidia-smi", path: "nvidia-smi" }],
    });
    for (const source of [
      { kind: "dcgm" },
      { kind: "vllm", url: "file:///etc/passwd" },
      { kind: "triton", url: "http://a" },
      { kind: "vllm", url: "http://a", port: 1 },
    ]) {
      expect(collectorsConfigSchema.safeParse({ pool: "chat", sources: [source] }).success).toBe(false);
    }
  });
});
