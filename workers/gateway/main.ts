/** headroom gateway: --config gateway.json --policy policy.json [--check] */
import fs from "node:fs";
import { parseArgs } from "node:util";
import { readConfig, type ReadyConfig } from "./config";
import { whatIsKnown } from "./identify";
import { log } from "./log";
import { checkPolicyText, inWords } from "./policy-source";
import { startGateway } from "./start-gateway";

const USAGE = "usage: gateway --config gateway.json --policy policy.json [--check]";

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

function options(): { config: string; policy: string; check: boolean } {
  try {
    const { values } = parseArgs({
      options: { config: { type: "string" }, policy: { type: "string" }, check: { type: "boolean", default: false } },
    });
    if (values.config && values.policy) return { config: values.config, policy: values.policy, check: values.check };
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error), USAGE);
  }
  return fail(USAGE);
}

/** Says everything about both files; true when the gateway would start from them. */
function check(ready: ReadyConfig, policyFile: string): boolean {
  const { config, upstreams } = ready;
  const known = { upstreams: new Set(upstreams.keys()), identifies: whatIsKnown(config.identity) };
  const checked = checkPolicyText(readText(policyFile), { ...known, environment: config.environment });
  for (const problem of checked.problems) console.log(inWords(problem));
  if (checked.file)
    console.log(`ok: ${policyFile} has ${checked.file.layers.length} layers; ${upstreams.size} upstreams are configured.`);
  return checked.file !== null;
}

async function main(): Promise<void> {
  const { config, policy, check: onlyCheck } = options();
  const ready = readConfig(readText(config), process.env);
  if ("problems" in ready) fail(`${config} is not a usable configuration:`, ...ready.problems);
  if (onlyCheck) process.exit(check(ready, policy) ? 0 : 1);

  const gateway = await startGateway(ready, policy, process.env, log).catch((error: unknown) =>
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
