import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalHash } from "..";
import { TEST_TOKEN, testConsole, type TestConsole } from "../testing/test-console";
import { payloadOf } from "../testing/test-target";
import { enrol } from "./identity";

let dir: string;
let server: TestConsole;
const children: ChildProcess[] = [];
const root = path.join(import.meta.dirname, "../../..");
const HALTS = ["before fsync", "after fsync", "mid apply", "after switch"] as const;

/** Starts the program; `said` resolves with its next line. */
function victim(haltAt?: (typeof HALTS)[number]) {
  const args = ["--import", "tsx", "lib/protocol/testing/victim.ts", path.join(dir, "state"), server.url];
  const child = spawn(process.execPath, haltAt ? [...args, haltAt] : args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines = readline.createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    said: async () => (await lines.next()).value as string | undefined,
    end: (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    },
  };
}

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-kill-"));
  server = await testConsole();
  const stateDir = path.join(dir, "state");
  await enrol({
    stateDir,
    consoleUrl: server.url,
    token: TEST_TOKEN,
    name: "v",
    connector: "file",
    program: { version: "1" },
    capabilities: [],
  });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await server.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

describe("a program killed for real while it takes generation 2", () => {
  it.each(HALTS)("%s: comes back on a good generation, tells the truth, and gets there", async (halt) => {
    const first = victim();
    expect(await first.said()).toBe("ready 0");
    server.order(payloadOf({ n: 1 }));
    await server.heard((sync) => sync.running?.generation === 1);
    await first.end("SIGTERM");

    const second = victim(halt);
    expect(await second.said()).toBe("ready 1");
    server.order(payloadOf({ n: 2 }));
    expect(await second.said()).toBe("halted");
    await second.end("SIGKILL");

    const heardBefore = server.syncs.length;
    const third = victim();
    // Nothing says that generation 2 was read back, so generation 1 it is, also when the switch had happened.
    expect(await third.said()).toBe("ready 1");
    await expect.poll(() => server.syncs.length).toBeGreaterThan(heardBefore);
    expect(server.syncs[heardBefore]).toMatchObject({ seq: 0, running: { generation: 1 } });
    expect(server.syncs[heardBefore]!.lastAttempt).not.toMatchObject({ generation: 2, status: "applied" });
    const told = await server.heard((sync) => sync.running?.generation === 2);
    expect(told).toMatchObject({
      lastAttempt: { generation: 2, status: "applied" },
      effectiveHash: canonicalHash(payloadOf({ n: 2 })),
    });
    await third.end("SIGTERM");
  });

  it("twice within ten minutes: that content is not tried a third time", async () => {
    const first = victim();
    await first.said();
    server.order(payloadOf({ n: 1 }));
    await server.heard((sync) => sync.running?.generation === 1);
    await first.end("SIGTERM");
    server.order(payloadOf({ n: 2 }));
    for (let kill = 0; kill < 2; kill += 1) {
      const next = victim("mid apply");
      expect(await next.said()).toBe("ready 1");
      expect(await next.said()).toBe("halted");
      await next.end("SIGKILL");
    }
    const last = victim();
    expect(await last.said()).toBe("ready 1");
    const told = await server.heard((sync) => sync.lastAttempt?.status === "failed");
    expect(told).toMatchObject({
      running: { generation: 1 },
      lastAttempt: { generation: 2, error: expect.stringContaining("twice") },
    });
    await last.end("SIGTERM");
    expect(JSON.parse(fs.readFileSync(path.join(dir, "runs.json"), "utf8"))).toEqual(payloadOf({ n: 1 }));
  });
});
