/** With real files, a real command and a real server behind the probe. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { gatewayPolicySchema } from "@/lib/policies/schemas";
import { canonicalHash } from "@/lib/protocol/canonical";
import { payloadOf } from "../foreign/read-content";
import { step, testDeps } from "../foreign/testing/driver-deps";
import { serve } from "../foreign/testing/http-server";
import { fileConfigSchema } from "./config";
import { openFile } from "./open-file";

const policy = gatewayPolicySchema.parse({
  routing: { routes: { chat: { targets: { a: { upstream: "u", model: "m", weight: 1 } } } } },
});
const document = (environment: string) => payloadOf("file", { environment, policy, layers: [] });

async function fileDriver(over: object = {}) {
  const deps = testDeps({ env: { PATH: process.env["PATH"], SECRET: "of-the-agent" } });
  const at = (name: string) => path.join(deps.stateDir, name);
  const open = (more: object = {}) =>
    openFile(fileConfigSchema.parse({ connector: "file", path: at("out.conf"), ...over, ...more }), deps);
  return { open, at, deps, out: () => fs.readFileSync(at("out.conf"), "utf8") };
}

/** Node as a command: no shell, and it is there wherever this runs. */
const node = (script: string) => ({ command: [process.execPath, "-e", script] });

describe("a file", () => {
  it("is written whole as JSON, with the mode it had", async () => {
    const { open, at, out } = await fileDriver();
    fs.writeFileSync(at("out.conf"), "old", { mode: 0o640 });
    fs.chmodSync(at("out.conf"), 0o640);
    const file = await open();
    await file.apply(document("eu"), step());
    expect(JSON.parse(out())).toEqual({ environment: "eu", policy, layers: [] });
    expect(fs.statSync(at("out.conf")).mode & 0o777).toBe(0o640);
    expect(fs.readdirSync(path.dirname(at("out.conf")))).toEqual(["out.conf"]);
    expect(await file.effectiveHash()).toBe(canonicalHash(document("eu")));
  });

  it("runs the reload command without a shell, with the file and hash, and without the agent's secrets", async () => {
    const { open, at } = await fileDriver();
    const script = `require("fs").writeFileSync(${JSON.stringify(at("seen.json"))}, JSON.stringify({ argv: process.argv.slice(1), env: process.env }))`;
    const file = await open({ reload: { command: [...node(script).command, "$(touch pwned) ; a b"] } });
    await file.apply(document("eu"), step());
    const seen = JSON.parse(fs.readFileSync(at("seen.json"), "utf8")) as { argv: string[]; env: Record<string, string> };
    expect(seen.argv).toEqual(["$(touch pwned) ; a b"]);
    expect(seen.env["HEADROOM_FILE"]).toBe(at("out.conf"));
    expect(seen.env["HEADROOM_HASH"]).toBe(canonicalHash(document("eu")));
    expect(seen.env).not.toHaveProperty("SECRET");
  });

  it("goes back and tells the program again when the command fails, and says what the command said", async () => {
    const { open, at, out } = await fileDriver();
    const script = `const fs = require("fs"); const text = fs.readFileSync(process.env.HEADROOM_FILE, "utf8");
      fs.appendFileSync(${JSON.stringify(at("runs"))}, JSON.parse(text).environment + "\\n");
      if (text.includes("bad")) { console.error("line 3: unknown environment"); process.exit(2) }`;
    const file = await open({ reload: node(script) });
    await file.apply(document("eu"), step());
    await expect(file.apply(document("bad"), step())).rejects.toThrow(
      /The reload command .*node.* ended with 2: line 3: unknown environment/,
    );
    expect(JSON.parse(out())).toMatchObject({ environment: "eu" });
    expect(fs.readFileSync(at("runs"), "utf8")).toBe("eu\nbad\neu\n");
    expect(await file.effectiveHash()).toBe(canonicalHash(document("eu")));
  });

  it("removes what it wrote when there was nothing before", async () => {
    const { open, at } = await fileDriver();
    const script = `process.exit(require("fs").existsSync(process.env.HEADROOM_FILE) ? 1 : 0)`;
    const file = await open({ reload: node(script) });
    await expect(file.apply(document("eu"), step())).rejects.toThrow("ended with 1");
    expect(fs.existsSync(at("out.conf"))).toBe(false);
    expect(await file.effectiveHash()).toBeNull();
  });

  it("ends a command that hangs, with everything it started", async () => {
    const { open, at } = await fileDriver();
    const child = `setInterval(() => 0, 1000)`;
    const script = `const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" });
      require("fs").writeFileSync(${JSON.stringify(at("pid"))}, String(c.pid)); setInterval(() => 0, 1000)`;
    fs.writeFileSync(at("out.conf"), "old");
    const file = await open({ reload: { ...node(script), timeoutSec: 0.6 } });
    await expect(file.apply(document("eu"), step())).rejects.toThrow("did not end within 0.6 s");
    // Gone, or a zombie that nobody has collected yet.
    expect(spawnSync("ps", ["-o", "stat=", "-p", fs.readFileSync(at("pid"), "utf8")]).stdout.toString()).toMatch(/^(Z.*\s*)?$/);
  });

  it("does not wait for a daemon that the command left behind", async () => {
    const { open, at, out } = await fileDriver();
    const daemon = `setTimeout(() => 0, 20000)`;
    const script = `const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(daemon)}], { stdio: "inherit", detached: true });
      require("fs").writeFileSync(${JSON.stringify(at("pid"))}, String(c.pid)); c.unref()`;
    const file = await open({ reload: node(script) });
    await file.apply(document("eu"), step());
    process.kill(Number(fs.readFileSync(at("pid"), "utf8")), "SIGKILL");
    expect(JSON.parse(out())).toMatchObject({ environment: "eu" });
  });

  it("waits for the probe, and goes back when it never answers", async () => {
    let failures = 2;
    const server = await serve(() => ({ status: failures-- > 0 ? 503 : 200 }));
    const { open, out } = await fileDriver({ probe: { url: server.url, withinSec: 5 } });
    const file = await open();
    await file.apply(document("eu"), step());
    expect(server.asked).toHaveLength(3);
    failures = 12;
    await expect(file.apply(document("us"), step())).rejects.toThrow(/The probe http.* answered 503/);
    expect(JSON.parse(out())).toMatchObject({ environment: "eu" });
  });

  it("sees a change by hand as another hash", async () => {
    const { open, at } = await fileDriver();
    const file = await open();
    await file.apply(document("eu"), step());
    fs.appendFileSync(at("out.conf"), " ");
    expect(await file.effectiveHash()).not.toBe(canonicalHash(document("eu")));
    await file.apply(document("eu"), step("revert"));
    expect(await file.effectiveHash()).toBe(canonicalHash(document("eu")));
  });

  it("fills a template, and refuses a document that has not what it names", async () => {
    const { open, at, out } = await fileDriver();
    fs.writeFileSync(
      at("t"),
      `# {{hash}}\nenv = "{{text /environment}}"\nweight: {{json /policy/routing/routes/chat/targets/a/weight}}\n`,
    );
    const file = await open({ format: { template: at("t") } });
    await file.apply(document("eu"), step());
    expect(out()).toBe(`# ${canonicalHash(document("eu"))}\nenv = "eu"\nweight: 1\n`);
    const other = payloadOf("file", { environment: "eu", policy: gatewayPolicySchema.parse({}), layers: [] });
    expect(file.refuse(other)).toContain("this document has nothing at /policy/routing/routes/chat/targets/a/weight");
    expect(file.refuse(document("a\nb"))).toContain("is not one line of text");
  });

  it("declares what its owner says, and that it is read back", async () => {
    const { open } = await fileDriver();
    expect((await open({ capabilities: ["routing", "tokens"] })).capabilities).toEqual(["routing", "tokens", "readBack"]);
    await expect(open({ format: { template: "/nowhere/t" } })).rejects.toThrow("The template /nowhere/t cannot be read");
  });
});
