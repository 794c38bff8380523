import { execFile } from "node:child_process";
import fs from "node:fs";
import { isBuiltin } from "node:module";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_TOKEN } from "@/lib/protocol/testing/test-console";
import { bundleAgent } from "./bundle";
import { agentProcess } from "./testing/agent-process";

const run = promisify(execFile);
const examples = path.join(import.meta.dirname, "examples");
let dir: string;
let inputs: string[];
const bundle = () => path.join(dir, "agent.mjs");

const check = (file: string, ...args: string[]) =>
  run(process.execPath, [bundle(), "--config", file, ...args], {
    cwd: dir,
    env: { NODE_ENV: "production", PATH: process.env["PATH"] },
  }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );

beforeAll(async () => {
  // Outside the repository: it must not find node_modules.
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-agent-bundle-"));
  inputs = await bundleAgent(bundle());
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

describe("the bundle", () => {
  it("holds none of the console: no database, no React, no Next", () => {
    const packages = new Set(inputs.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
    for (const heavy of ["@prisma/client", "prisma", "next", "react", "react-dom", "pg", "bullmq", "ioredis", "pino"])
      expect(packages).not.toContain(heavy);
    const own = new Set(inputs.flatMap((file) => /^((?:lib\/|workers\/)[^/]+)\//.exec(file)?.[1] ?? []));
    expect([...own].sort()).toEqual(["lib/money", "lib/policies", "lib/protocol", "lib/telemetry", "workers/agent"]);
  });

  it("asks for nothing but Node's own modules", () => {
    const text = fs.readFileSync(bundle(), "utf8");
    const asked = [...text.matchAll(/^import\s[^;\n]*?from\s*"([^"]+)";|^import\s*"([^"]+)";/gm)].map(
      (match) => match[1] ?? match[2]!,
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  it("starts where there is nothing but Node, and ends on SIGTERM", async () => {
    const agent = await agentProcess(bundle());
    await agent.start();
    expect(agent.console.enrolments[0]).toMatchObject({ name: "node-1", connector: "engine", token: TEST_TOKEN });
    expect(JSON.stringify(agent.log)).not.toContain(TEST_TOKEN);
    expect(await agent.stop()).toBe(0);
  });
});

describe("--check", () => {
  const write = (name: string, text: string) => {
    fs.writeFileSync(path.join(dir, name), text);
    return path.join(dir, name);
  };

  it.each(fs.readdirSync(examples))("takes the example %s", async (name) => {
    expect(await check(path.join(examples, name), "--check")).toEqual({ code: 0, text: expect.stringMatching(/^ok: /) });
  });

  it("names everything that is wrong with the file", async () => {
    const engine = fs.readFileSync(path.join(examples, "engine.json"), "utf8");
    const bad = await check(
      write("bad.json", engine.replace('"replace": "instead"', '"replce": "x"').replace('"gpu-node-1"', '"gpu node"')),
      "--check",
    );
    expect(bad.code).toBe(1);
    expect(bad.text).toMatch(/name: letters, digits.*target\.executor: Unrecognized key: "replce"/s);
    expect((await check(write("cut.json", "{"), "--check")).text).toContain("It is not JSON");
    expect((await check(write("nameless.json", "{}"), "--check")).text).toMatch(/--name.*--console/s);
    expect((await check(path.join(dir, "none.json"))).text).toMatch(/none\.json cannot be read.*usage: agent/s);
  });

  it("says what is missing for a first start", async () => {
    const text = fs.readFileSync(path.join(examples, "engine-systemd.json"), "utf8");
    const file = write("new.json", text.replace("/var/lib/headroom-agent", path.join(dir, "state")));
    const answer = await check(file);
    expect([answer.code, answer.text]).toEqual([
      1,
      expect.stringContaining("gpu-node-2 is not enrolled yet: make an enrolment token"),
    ]);
  });
});
