/** headroom gateway: from a policy file, or from a console at which it is enrolled. */
import fs from "node:fs";
import { parseArgs } from "node:util";
import { readConfig, type ReadyConfig } from "./config";
import { whatIsKnown } from "./identify";
import { log } from "./log";
import { checkPolicyText, inWords } from "./policy-source";
import { startGateway } from "./start-gateway";

const USAGE = [
  "usage: gateway --config gateway.json --policy policy.json [--check]           the policy is a file",
  "       gateway --config gateway.json [--console URL] [--enrol TOKEN] [--check]  the policy comes from the console",
  "The token is needed once, and may stand in HEADROOM_ENROLMENT_TOKEN, where other users of this machine do not see it.",
];

function fail(...lines: string[]): never {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    return fail(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Options {
  config: string;
  /** Null: from the console. */
  policy: string | null;
  consoleUrl: string | undefined;
  token: string | undefined;
  check: boolean;
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: "string" },
        policy: { type: "string" },
        console: { type: "string" },
        enrol: { type: "string" },
        check: { type: "boolean", default: false },
      },
    });
    const { config, policy = null, console: consoleUrl, enrol: token, check } = values;
    if (policy !== null && token !== undefined) fail("--policy and --enrol exclude each other.", ...USAGE);
    if (config) return { config, policy, consoleUrl, token, check };
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error), ...USAGE);
  }
  return fail(...USAGE);
}

/** Says everything about both files; true when the gateway would start from them. */
function check(ready: ReadyConfig, policyFile: string | null): boolean {
  const { config, upstreams } = ready;
  if (policyFile === null) {
    console.log(`ok: ${upstreams.size} upstreams are configured; the policy comes from ${config.console?.url}.`);
    return true;
  }
  const known = { upstreams: new Set(upstreams.keys()), identifies: whatIsKnown(config.identity) };
  const checked = checkPolicyText(readText(policyFile), { ...known, environment: config.environment });
  for (const problem of checked.problems) console.log(inWords(problem));
  if (checked.file)
    console.log(`ok: ${policyFile} has ${checked.file.layers.length} layers; ${upstreams.size} upstreams are configured.`);
  return checked.file !== null;
}

async function main(): Promise<void> {
  const { config, policy, consoleUrl, token, check: onlyCheck } = options();
  const ready = readConfig(readText(config), process.env, { synced: policy === null, consoleUrl });
  if ("problems" in ready) fail(`${config} is not a usable configuration:`, ...ready.problems);
  if (onlyCheck) process.exit(check(ready, policy) ? 0 : 1);

  const tokenVariable = ready.config.console?.enrolmentTokenEnv;
  const env = token !== undefined && tokenVariable ? { ...process.env, [tokenVariable]: token } : process.env;
  const gateway = await startGateway(ready, policy, env, log).catch((error: unknown) =>
    fail(`The gateway does not start: ${error instanceof Error ? error.message : String(error)}`),
  );
  process.on("SIGHUP", () => gateway.reloadPolicy());
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void gateway.close(25_000).then(() => process.exit(0));
    });
  }
}

await main();
