/** A command hook over a real engine process that something else keeps running: here a small script instead of systemd. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ApplyStep } from "@/lib/protocol/client";
import { TEST_ENGINE, engineStarts, isThere, until } from "../../../testing/supervised-engine";
import { systemClock } from "../../../system-clock";
import { engineConfigSchema } from "../config";
import { payloadOf } from "../engine-payload";
import { openEngine } from "../open-engine";
import { freePort } from "../process/free-port";

async function commandNode() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-command-"));
  const port = await freePort(undefined, new Set());
  const starts = path.join(dir, "starts.log");
  const argsFile = path.join(dir, "args.json");
  // Ends the engine that runs and starts one with the arguments of the file, as a unit of systemd would.
  const restart = path.join(dir, "restart.mjs");
  fs.writeFileSync(
    restart,
    `import { spawn } from "node:child_process"; import fs from "node:fs";
     const pidFile = ${JSON.stringify(path.join(dir, "pid"))};
     if (fs.existsSync(pidFile)) {
       const pid = Number(fs.readFileSync(pidFile, "utf8"));
       try { process.kill(pid, "SIGKILL"); for (;;) { process.kill(pid, 0); if (/\\) Z/.test(fs.readFileSync("/proc/" + pid + "/stat", "utf8"))) break; } } catch {}
     }
     if (process.argv[2] !== "restart") { console.error("with token " + process.env.HF_TOKEN); process.exit(3); }
     const args = [...${JSON.stringify(TEST_ENGINE.slice(1))}, ...JSON.parse(fs.readFileSync(${JSON.stringify(argsFile)}, "utf8")), "--port", "${port}"];
     const child = spawn(process.execPath, args, { detached: true, stdio: "ignore", env: { ...process.env, TEST_ENGINE_STARTS: ${JSON.stringify(starts)} } });
     fs.writeFileSync(pidFile, String(child.pid)); child.unref();`,
  );
  const logged: string[] = [];
  const crashed: string[] = [];
  const open = (verb = "restart") =>
    openEngine(
      engineConfigSchema.parse({
        connector: "engine",
        engine: "vllm",
        health: { pollSec: 0.05, startTimeoutSec: 1.5, failuresUntilDead: 3 },
        warmUp: { requests: 1 },
        executor: {
          kind: "command",
          apply: [process.execPath, restart, verb],
          writeFile: { path: argsFile, format: "args-json" },
          baseUrl: `http://127.0.0.1:${port}`,
        },
      }),
      {
        name: "node-1",
        stateDir: dir,
        env: { PATH: process.env["PATH"], HF_TOKEN: "hf_very_secret" },
        clock: systemClock,
        fetch,
        log: (_, message, facts = {}) => void logged.push(`${message} ${JSON.stringify(facts)}`),
        crashed: (reason) => void crashed.push(reason),
        changed: () => undefined,
      },
    );
  onTestFinished(() => {
    for (const { pid } of engineStarts(starts)) if (isThere(pid)) process.kill(pid, "SIGKILL");
    fs.rmSync(dir, { recursive: true, force: true });
  });
  return { open, argsFile, logged, crashed, starts: () => engineStarts(starts) };
}

const step = (over: Partial<ApplyStep> = {}): ApplyStep => ({
  generation: 1,
  why: "offer",
  progress: () => undefined,
  signal: new AbortController().signal,
  ...over,
});
const [ONE, TWO] = [payloadOf({ model: "org/one" }), payloadOf({ model: "org/two", kvCacheDtype: "fp8" })];

describe("an engine behind the operator's command", () => {
  it("is restarted with the order, warmed and read back; the same order restarts nothing, also after a new start of the agent", async () => {
    const node = await commandNode();
    const driver = await node.open();
    const steps: string[] = [];
    await driver.apply(ONE, step({ progress: (status) => void steps.push(status) }));
    expect(steps).toEqual(["applying", "warming"]);
    expect(node.starts().map(({ args }) => args)).toEqual([expect.stringMatching(/^--model org\/one --port \d+$/)]);
    const hash = await driver.effectiveHash();
    await driver.apply(ONE, step({ generation: 2 }));
    await driver.close();
    const again = await node.open();
    await again.apply(ONE, step({ generation: 2, why: "boot" }));
    expect(node.starts()).toHaveLength(1);
    expect(await again.effectiveHash()).toBe(hash);
    expect(await again.health()).toMatchObject({ ok: true });
    await again.close();
    // The engine is not the agent's: it goes on.
    expect(isThere(node.starts()[0]!.pid)).toBe(true);
  });

  it.each([
    ["crashes", payloadOf({ model: "x/crash-on-start" }), /was not healthy within/],
    ["runs something else than told", payloadOf({ model: "x/lies", kvCacheDtype: "fp8" }), /reads back as fp8_e5m2/],
  ])("that %s is put back as it was", async (_, bad, words) => {
    const node = await commandNode();
    const driver = await node.open();
    await driver.apply(TWO, step());
    const [hash, file] = [await driver.effectiveHash(), fs.readFileSync(node.argsFile, "utf8")];
    await expect(driver.apply(bad, step({ generation: 2 }))).rejects.toThrow(words);
    expect(await driver.effectiveHash()).toBe(hash);
    expect(fs.readFileSync(node.argsFile, "utf8")).toBe(file);
    expect(node.starts().map(({ args }) => args.split(" ")[1])).toEqual(["org/two", expect.stringMatching(/^x\//), "org/two"]);
    await driver.close();
  });

  it("is not taken for granted after an agent that was killed while it applied", async () => {
    const node = await commandNode();
    const driver = await node.open();
    await driver.apply(ONE, step());
    const abort = new AbortController();
    const cut = driver.apply(payloadOf({ model: "x/waits" }), step({ generation: 2, signal: abort.signal }));
    await until(() => node.starts().length === 2, "the command ran");
    abort.abort(new Error("killed"));
    await expect(cut).rejects.toThrow("killed");
    await driver.close();
    const again = await node.open();
    expect(await again.effectiveHash()).toBeNull();
    expect(await again.health()).toMatchObject({ ok: false, reason: "The last order was not carried out to its end." });
    await again.apply(ONE, step({ why: "boot" }));
    expect(node.starts()).toHaveLength(3);
    expect(await again.effectiveHash()).not.toBeNull();
    await again.close();
  });

  it("whose command fails says so, without what it printed; that stays in the log here, without secrets", async () => {
    const node = await commandNode();
    const driver = await node.open("stop");
    await expect(driver.apply(ONE, step())).rejects.toThrow(/ended with code 3\. This agent had applied nothing before/);
    expect(node.logged.join()).toContain("with token …");
    expect(node.logged.join()).not.toContain("hf_very_secret");
    await driver.close();
  });

  it("that no longer answers is told once", async () => {
    const node = await commandNode();
    const driver = await node.open();
    await driver.apply(ONE, step());
    process.kill(node.starts()[0]!.pid, "SIGKILL");
    await until(() => node.crashed.length === 1, "the outage is told");
    expect(await driver.health()).toMatchObject({ ok: false, crashes: 1 });
    await driver.close();
    expect(node.crashed).toHaveLength(1);
  });
});
