/** headroom agent: --config agent.json [--enrol TOKEN] [--console URL] [--name NAME] [--check] */
import fs from "node:fs";
import { parseArgs } from "node:util";
import { readConfig } from "./config";
import { logAs } from "./log";
import { startAgent } from "./start-agent";

const USAGE = "usage: agent --config agent.json [--enrol TOKEN] [--console URL] [--name NAME] [--check]";

function fail(...lines: string[]): never {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    return fail(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, USAGE);
  }
}

function options() {
  try {
    return parseArgs({
      options: {
        config: { type: "string", default: process.env["HEADROOM_AGENT_CONFIG"] ?? "agent.json" },
        enrol: { type: "string", default: process.env["HEADROOM_ENROLMENT_TOKEN"] },
        console: { type: "string", default: process.env["HEADROOM_CONSOLE_URL"] },
        name: { type: "string", default: process.env["HEADROOM_AGENT_NAME"] },
        check: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), USAGE);
  }
}

async function main(): Promise<void> {
  const { config: file, enrol, console: consoleUrl, name, check } = options();
  const config = readConfig(readText(file), { name, consoleUrl });
  if ("problems" in config) fail(`${file} is not a usable configuration:`, ...config.problems);
  if (check) {
    console.log(`ok: ${config.name} drives ${config.target.connector} for ${config.console.url}.`);
    return;
  }
  const log = logAs(config.name);
  const agent = await startAgent(config, { env: process.env, enrolmentToken: enrol ?? null, log }).catch((error: unknown) =>
    fail(`The agent does not start: ${error instanceof Error ? error.message : String(error)}`),
  );
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      agent.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log("error", "the agent did not end cleanly", { reason: error instanceof Error ? error.message : String(error) });
          process.exit(1);
        },
      );
    });
  }
}

await main();
