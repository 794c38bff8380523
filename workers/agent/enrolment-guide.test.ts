/** Every command of the enrolment dialog, run: the files it writes are understood, the flags exist, the token arrives. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "@/lib/db/project-root";
import { enrolmentSteps, type EnrolmentStep } from "@/lib/fleet/enrolment-guide";
import { CONNECTORS } from "@/lib/protocol/connectors";
import { bundleGateway } from "../gateway/bundle";
import { bundleAgent } from "./bundle";
import { serve } from "./drivers/foreign/testing/http-server";

const run = promisify(execFile);
let dir: string;
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-guide-"));
  await Promise.all([bundleAgent(path.join(dir, "agent.mjs")), bundleGateway(path.join(dir, "gateway.mjs"))]);
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

const TOKEN = "hre_0123456789abcdefghijklmn";
const commands = (steps: EnrolmentStep[]) => steps.flatMap(({ command }) => command ?? []);
const starting = (steps: EnrolmentStep[], text: string) => commands(steps).filter((command) => command.startsWith(text));

/** In a folder of its own, with the programs in it, as on the machine that is connected. */
function shellIn(connector: string) {
  const folder = path.join(dir, connector);
  fs.mkdirSync(folder, { recursive: true });
  for (const program of ["agent.mjs", "gateway.mjs"]) fs.copyFileSync(path.join(dir, program), path.join(folder, program));
  const env = { PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}`, HOME: folder };
  return (script: string) =>
    run("sh", ["-e", "-c", script], { cwd: folder, env: env as unknown as NodeJS.ProcessEnv, timeout: 20_000 });
}

describe.each(CONNECTORS)("the steps for %s", (connector) => {
  const steps = (consoleUrl: string) => enrolmentSteps({ connector, consoleUrl, token: TOKEN, name: "box-1" }).steps;

  it("write a file that its program understands", async () => {
    const all = steps("https://headroom.example.com");
    const script = [
      ...starting(all, "cat >"),
      ...starting(all, "export "),
      ...commands(all).filter((one) => one.endsWith("--check")),
    ];
    const { stdout } = await shellIn(connector)(script.join("\n"));
    expect(stdout).toMatch(/^ok: .*https:\/\/headroom\.example\.com/);
  });

  it("build with a script of package.json", () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(projectRoot(), "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const builds = starting(steps("http://x"), "npm run ");
    expect(builds).toHaveLength(1);
    expect(Object.keys(scripts)).toContain(builds[0]!.slice("npm run ".length));
  });

  it("start with a command that shows the token to the console", async () => {
    const console_ = await serve(() => ({
      status: 403,
      json: { code: "forbidden", title: "no", status: 403, detail: "This token has ended." },
    }));
    const all = steps(console_.url);
    const start = commands(all).filter((one) => one.includes("--enrol"));
    expect(start).toHaveLength(1);
    const script = [...starting(all, "cat >"), ...starting(all, "export "), start[0]!];
    // Any free port: this machine may use those of the guide.
    const anyPort = script.join("\n").replaceAll(/"port": \d+/g, '"port": 0');
    await expect(shellIn(connector)(anyPort)).rejects.toMatchObject({ code: 1 });
    const [asked] = console_.asked;
    expect(asked?.path).toBe("/api/fleet/v1/enrol");
    expect(JSON.parse(asked!.text)).toMatchObject({ token: TOKEN, name: "box-1", connector });
  });
});

it("a name or token cannot break out of the command", () => {
  const token = `x'; touch pwned; '`;
  const { steps } = enrolmentSteps({ connector: "file", consoleUrl: "http://x", token, name: "JSON\nrm" });
  expect(commands(steps).find((one) => one.includes("--enrol"))).toContain(`--enrol 'x'\\''; touch pwned; '\\'''`);
  expect(starting(steps, "cat >")[0]!.split("\nJSON\n")).toHaveLength(1);
});
