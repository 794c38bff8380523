import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { canonicalHash } from "@/lib/protocol/canonical";
import { superviseTestEngine, TEST_ENGINE, until, type SupervisedEngine } from "../../../testing/supervised-engine";
import { payloadOf } from "../engine-payload";

const hashOf = (engine: object) => canonicalHash(payloadOf({ ...engine }));
const [ONE, TWO] = [
  { model: "org/one", maxNumSeqs: 8 },
  { model: "org/two", kvCacheDtype: "fp8", enablePrefixCaching: false },
];

/** The tokens of one stream, each with the process that made it, as they come. */
async function* stream({ url }: SupervisedEngine, body: { tokens?: number; everyMs: number }, signal?: AbortSignal) {
  const response = await fetch(new URL("/v1/chat/completions", url), {
    method: "POST",
    body: JSON.stringify({ stream: true, ...body }),
    ...(signal ? { signal } : {}),
  });
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const line = text.slice(6, end);
      text = text.slice(end + 2);
      yield line === "[DONE]" ? ("done" as const) : (JSON.parse(line) as { pid: number; token: number });
    }
  }
}

describe("an order", () => {
  it("is carried out: started, warmed, read back, and only then served", async () => {
    const engine = await superviseTestEngine();
    const before = await fetch(new URL("/v1/models", engine.url));
    expect([before.status, before.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(await before.json()).toMatchObject({ error: { code: "engine_not_ready" } });
    const steps: string[] = [];
    await engine.apply(ONE, { progress: (status) => void steps.push(status) });
    expect(steps).toEqual(["applying", "warming"]);
    expect(await engine.ask("/argv")).toEqual(expect.arrayContaining(["--model", "org/one", "--max-num-seqs", "8"]));
    expect(await engine.ask("/stats")).toMatchObject({ answers: 2 });
    expect(await engine.driver.effectiveHash()).toBe(hashOf(ONE));
    expect(await engine.driver.health()).toEqual({ ok: true, crashes: 0, figures: { inFlight: 0, engines: 1 } });
    expect(await engine.driver.hardware()).toMatchObject({ engine: "vllm", engineVersion: "0.0.1-test", model: "org/one" });
    await engine.driver.close();
    expect(engine.alive()).toEqual([]);
  });

  it("for what already runs restarts nothing", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    await engine.apply(ONE, { generation: 2 });
    expect(engine.starts()).toHaveLength(1);
  });

  it("side by side: a stream stays with the engine it began with, the next one goes to the new; the way back is instant", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    const [first] = engine.starts();
    const tokens = stream(engine, { tokens: 40, everyMs: 25 });
    expect((await tokens.next()).value).toEqual({ pid: first!.pid, token: 0 });
    await engine.apply(TWO, { generation: 2 });
    const second = engine.starts()[1]!;
    expect((await stream(engine, { tokens: 1, everyMs: 0 }).next()).value).toEqual({ pid: second.pid, token: 0 });
    const rest = [];
    for await (const token of tokens) rest.push(token);
    expect(rest).toHaveLength(40);
    expect(rest.at(-1)).toBe("done");
    expect(engine.alive()).toEqual([first!.pid, second.pid]);
    await engine.apply(ONE, { generation: 3, why: "revert" });
    expect(engine.starts()).toHaveLength(2);
    expect(await engine.ask("/stats")).toMatchObject({ pid: first!.pid });
    // What was reverted from is not kept.
    await until(() => engine.alive().length === 1, "the second engine ended");
  });

  it("100 streams under way survive two changes of the engine, each whole and from one engine", async () => {
    const engine = await superviseTestEngine({ executor: { drainSec: 30 } });
    await engine.apply(ONE);
    let begun = 0;
    const read = async () => {
      const tokens = [];
      for await (const token of stream(engine, { everyMs: 25 })) {
        begun += tokens.length === 0 ? 1 : 0;
        tokens.push(token);
      }
      return tokens;
    };
    const streams = Array.from({ length: 100 }, read);
    await until(() => begun === 100, "all streams are under way");
    const [first] = engine.starts();
    await engine.apply(TWO, { generation: 2 });
    expect(await engine.driver.health()).toMatchObject({ figures: { inFlight: 100 } });
    // Makes room first: the oldest engine is only ended when its streams are over.
    const third = engine.apply({ model: "org/three" }, { generation: 3 });
    fs.writeFileSync(engine.gate, "");
    for (const tokens of await Promise.all(streams)) {
      expect(tokens.slice(0, -1)).toEqual(tokens.slice(0, -1).map((_, token) => ({ pid: first!.pid, token })));
      expect(tokens.at(-1)).toBe("done");
    }
    await third;
    expect(await engine.ask("/argv")).toEqual(expect.arrayContaining(["org/three"]));
  });

  it("the old engine goes when its warm time is over", async () => {
    const engine = await superviseTestEngine({ executor: { keepWarmSec: 0.2 } });
    await engine.apply(ONE);
    await engine.apply(TWO);
    await until(() => engine.alive().length === 1, "one engine is left");
    expect(await engine.ask("/stats")).toMatchObject({ pid: engine.starts()[1]!.pid });
  });

  it.each([
    ["crashes while it starts", { model: "x/crash-on-start" }, /did not start: it ended with code 1.*CUDA out of memory/s],
    [
      "runs something else than told",
      { model: "x/lies", kvCacheDtype: "fp8" },
      /kvCacheDtype was ordered fp8 and reads back as fp8_e5m2/,
    ],
  ])("that %s changes nothing", async (_, bad, words) => {
    const engine = await superviseTestEngine({ env: { HF_TOKEN: "hf_very_secret" } });
    await engine.apply(ONE);
    const { pid } = engine.starts()[0]!;
    const failure = await engine.apply(bad).then(
      () => null,
      (error: Error) => error.message,
    );
    expect(failure).toMatch(words);
    expect(failure).not.toContain("hf_very_secret");
    expect(engine.alive()).toEqual([pid]);
    expect(await engine.ask("/stats")).toMatchObject({ pid });
    expect(await engine.driver.effectiveHash()).toBe(hashOf(ONE));
    expect(engine.crashed).toEqual([]);
  });

  it("is given up when the agent ends, and the engine that was starting goes with it", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    const abort = new AbortController();
    const applied = engine.apply({ model: "x/waits" }, { signal: abort.signal });
    await until(() => engine.alive().length === 2, "the second engine starts");
    abort.abort(new Error("The agent ends."));
    await expect(applied).rejects.toThrow("The agent ends.");
    expect(engine.alive()).toEqual([engine.starts()[0]!.pid]);
    expect(await engine.driver.health()).toMatchObject({ ok: true });
  });

  it("instead: the old one ends first, and comes back when the new one fails", async () => {
    const engine = await superviseTestEngine({ executor: { replace: "instead" } });
    await engine.apply(ONE);
    await engine.apply(TWO);
    expect(engine.alive()).toEqual([engine.starts()[1]!.pid]);
    await expect(engine.apply({ model: "x/crash-on-start" })).rejects.toThrow("CUDA out of memory");
    expect(engine.starts()).toHaveLength(4);
    expect(engine.alive()).toEqual([engine.starts()[3]!.pid]);
    expect(await engine.driver.effectiveHash()).toBe(hashOf(TWO));
  });
});

describe("an engine that crashes", () => {
  it("is told, counted and started again with the same order", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    await fetch(new URL("/crash", engine.url)).catch(() => undefined);
    await until(async () => (await engine.driver.health()).ok && engine.starts().length === 2, "it serves again");
    expect(engine.crashed).toEqual([expect.stringContaining("it ended with code 139")]);
    expect(await engine.driver.health()).toMatchObject({ ok: true, crashes: 1 });
    expect(await engine.driver.effectiveHash()).toBe(hashOf(ONE));
    await engine.apply(TWO);
    expect(await engine.driver.health()).toMatchObject({ crashes: 0 });
  });

  it("and lives on but is deaf, is ended and started again", async () => {
    const engine = await superviseTestEngine();
    // Two warm-up answers make it deaf, before the read-back, which does not ask /health.
    await engine.apply({ model: "x/deaf" });
    await until(() => engine.starts().length >= 2, "it was started again");
    expect(engine.logged.map(({ message }) => message)).toContain("the engine does not answer and is ended");
    expect(engine.crashed.length).toBeGreaterThan(0);
  });

  it("takes with it what it had started, and nothing it printed while it served is told", async () => {
    const engine = await superviseTestEngine();
    await engine.apply({ model: "org/parent" });
    const [parent, child] = engine.starts();
    expect(child!.args).toBe("child");
    process.kill(parent!.pid, "SIGKILL");
    await until(() => engine.starts().length === 4, "it was started again");
    expect(engine.alive()).toEqual(
      engine
        .starts()
        .slice(2)
        .map(({ pid }) => pid),
    );
    expect(engine.crashed).toEqual([expect.stringMatching(/ended by SIGKILL\. What it printed is in .*\.log on its node\.$/)]);
    await engine.driver.close();
    expect(engine.alive()).toEqual([]);
  });
});

describe("a first start", () => {
  it("runs what the agent's own file says until something is ordered", async () => {
    const engine = await superviseTestEngine({ initial: ONE });
    engine.driver.runInitial!();
    await until(async () => (await engine.driver.health()).ok, "it serves");
    expect(await engine.driver.effectiveHash()).not.toBeNull();
    await engine.apply(TWO);
    expect(await engine.ask("/argv")).toEqual(expect.arrayContaining(["org/two"]));
  });
});

describe("an engine that was left running", () => {
  const folder = () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-engine-"));
    // First of the hooks, so the last that runs: the engines are gone by then.
    onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
    return dir;
  };

  it("is found and serves at once; after a change of the agent's own file it is not the one that is wanted", async () => {
    const stateDir = folder();
    const first = await superviseTestEngine({ stateDir, executor: { onExit: "leave" } });
    await first.apply(ONE);
    await first.driver.close();
    const [pid] = first.alive();
    expect(pid).toBeDefined();

    const second = await superviseTestEngine({ stateDir, executor: { onExit: "leave" } });
    expect(await second.ask("/stats")).toMatchObject({ pid });
    await second.apply(ONE, { why: "boot" });
    expect(second.starts()).toHaveLength(1);
    await second.driver.close();
    expect(second.alive()).toEqual([pid]);

    const third = await superviseTestEngine({ stateDir, executor: { command: [...TEST_ENGINE, "--tensor-parallel-size", "2"] } });
    expect(third.alive()).toEqual([]);
    await third.apply(ONE, { why: "boot" });
    expect(await third.ask("/argv")).toEqual(expect.arrayContaining(["--tensor-parallel-size", "org/one"]));
  });

  it("and crashed after it was found is started again", async () => {
    const stateDir = folder();
    const first = await superviseTestEngine({ stateDir, executor: { onExit: "leave" } });
    await first.apply(ONE);
    await first.driver.close();
    const second = await superviseTestEngine({ stateDir });
    process.kill(second.starts()[0]!.pid, "SIGKILL");
    await until(async () => second.starts().length === 2 && (await second.driver.health()).ok, "it serves again");
    expect(second.crashed).toHaveLength(1);
  });

  it("prints into a file that is cut at its limit while the engine goes on", async () => {
    const stateDir = folder();
    const engine = await superviseTestEngine({ stateDir, executor: { logBytes: 4_096 } });
    await engine.apply(ONE);
    const [log] = fs.readdirSync(path.join(stateDir, "engine-logs")).map((name) => path.join(stateDir, "engine-logs", name));
    fs.appendFileSync(log!, "x".repeat(5_000));
    await until(() => fs.statSync(log!).size === 0, "the file was cut");
    expect(await engine.driver.health()).toMatchObject({ ok: true, crashes: 0 });
  });
});

describe("the front", () => {
  it("frees the engine when a client leaves", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    const leaving = new AbortController();
    const tokens = stream(engine, { tokens: 10_000, everyMs: 5 }, leaving.signal);
    await tokens.next();
    expect(await engine.driver.health()).toMatchObject({ figures: { inFlight: 1 } });
    leaving.abort();
    await until(async () => ((await engine.ask("/stats")) as { left: number }).left === 1, "the engine noticed");
  });

  it("passes bodies, queries and headers on, and nothing of the connection", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    const response = await fetch(new URL("/echo?a=1&b=%2F", engine.url), {
      headers: { authorization: "Bearer x", te: "trailers" },
    });
    const { headers, url } = (await response.json()) as { headers: Record<string, string>; url: string };
    expect(url).toBe("/echo?a=1&b=%2F");
    expect(headers["authorization"]).toBe("Bearer x");
    expect(headers["te"]).toBeUndefined();
  });

  it("an engine that breaks off in the middle breaks the answer off: never a silent end", async () => {
    const engine = await superviseTestEngine();
    await engine.apply(ONE);
    const tokens = stream(engine, { tokens: 10_000, everyMs: 5 });
    await tokens.next();
    process.kill(engine.starts()[0]!.pid, "SIGKILL");
    await expect(
      (async () => {
        for await (const token of tokens) expect(token).not.toBe("done");
      })(),
    ).rejects.toThrow(/terminated/);
  });
});
