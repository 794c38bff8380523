/**
 * The policy as the console orders it (lib/protocol/client). A start puts back what ran before, without asking anybody; a
 * new order takes the place of the old one between two requests. The generation is the console's.
 */
import path from "node:path";
import { z } from "zod";
import { checkPolicyFile, experimentSchema, isInExperiment, policyReader } from "@/lib/policies";
import { canonicalHash, type Capability } from "@/lib/protocol";
import { enrol, startSyncClient, type Applier, type Timing } from "@/lib/protocol/client";
import { PROGRAM_VERSION } from "../program-version";
import { GatewayError } from "./gateway-error";
import type { Log } from "./log";
import { inWords, type PolicySource, type RunningExperiment, type RunningPolicy } from "./policy-source";

const CAPABILITIES: readonly Capability[] = [
  "routing",
  "weights",
  "canary",
  "shadow",
  "fallback",
  "cascade",
  "perTenantScope",
  "cacheExact",
  "cacheSemantic",
  "tokens",
  "batching",
  "readBack",
];

export interface SyncedSourceOptions {
  name: string;
  consoleUrl: string;
  /** Needed by the first start only. */
  enrolmentToken: string | null;
  stateDir: string;
  known: Omit<NonNullable<Parameters<typeof checkPolicyFile>[1]>, "environment">;
  simulated: boolean;
  timing: Partial<Timing>;
  /** For the console: requests in flight, spool bytes… */
  figures: () => Promise<Record<string, number>>;
  log: Log;
}

export interface SyncedSource {
  source: PolicySource;
  /** As the enrolment says. */
  environment: string;
  /** Made for this gateway at its enrolment. */
  ingestKey: string | null;
}

interface Held {
  generation: number;
  /** Of the very layers that the reader reads. */
  hash: string;
  policyFor: RunningPolicy["policyFor"];
  experiment: RunningExperiment | null;
}

/** Throws when it cannot be enrolled. Resolves when what ran before is in force again; the console may be away. */
export async function openSyncedPolicySource(options: SyncedSourceOptions): Promise<SyncedSource> {
  const { consoleUrl, known, log } = options;
  const stateDir = path.join(options.stateDir, "sync");
  const program = { version: PROGRAM_VERSION };
  const identity = await enrol({
    stateDir,
    consoleUrl,
    token: options.enrolmentToken,
    name: options.name,
    connector: "headroom-gateway",
    program,
    capabilities: CAPABILITIES,
    simulated: options.simulated,
  });
  const { environment } = identity;
  let held: Held | null = null;

  const applier: Applier = {
    refuse: (payload) => {
      const checked = checkLayers(payload, { ...known, environment });
      return "layers" in checked ? null : checked.errors;
    },
    apply: async (payload, step) => {
      const strict = checkLayers(payload, { ...known, environment });
      if ("errors" in strict) {
        // It ran here before, so this machine's own file has changed: what still works is better than nothing.
        if (step.why === "offer") throw new Error(strict.errors);
        log("error", "the policy that ran before does not fit this gateway's file any more", { reason: strict.errors });
      }
      const checked = "layers" in strict ? strict : checkLayers(payload, { environment });
      if ("errors" in checked) throw new Error(checked.errors);
      for (const warning of checked.warnings) log("warn", warning);
      const read = policyReader(checked.layers, environment);
      held = {
        generation: step.generation,
        hash: canonicalHash(payload),
        policyFor: (place) => read(place).effective,
        experiment: checked.experiment && openExperiment(checked.experiment, environment),
      };
    },
    effectiveHash: () => held?.hash ?? null,
    health: async () => ({ ok: true, crashes: 0, figures: await options.figures() }),
  };

  const client = await startSyncClient({
    stateDir,
    identity,
    consoleUrl,
    program,
    connector: "headroom-gateway",
    capabilities: () => CAPABILITIES,
    applier,
    log,
    timing: options.timing,
  });
  await client.ready;

  const source: PolicySource = {
    current: () => {
      if (!held) return NOTHING_YET;
      const running = client.running();
      // A new generation may have the content that runs: then nothing was applied.
      return running?.hash === held.hash ? { ...held, generation: running.generation } : held;
    },
    refusal: () => {
      const { lastAttempt } = client.status();
      const bad = lastAttempt?.status === "refused" || lastAttempt?.status === "failed";
      return bad ? `Generation ${lastAttempt.generation} was ${lastAttempt.status}: ${lastAttempt.error ?? ""}` : null;
    },
    desired: () => {
      const { console: standing, reason, newestGeneration } = client.status();
      return { policySource: "console", console: standing, consoleReason: reason, newestGeneration };
    },
    reload: () => client.report(),
    close: () => client.close(),
  };
  return { source, environment, ingestKey: identity.ingestKey };
}

const NOTHING_YET: RunningPolicy = {
  generation: 0,
  hash: "",
  experiment: null,
  policyFor: () => {
    throw new GatewayError(503, "no_policy", "This gateway has no policy yet: publish one for it on the console.");
  },
};

const contentSchema = z.object({
  content: z.strictObject({ layers: z.array(z.unknown()), experiment: experimentSchema.optional() }),
});

type PolicyFile = NonNullable<ReturnType<typeof checkPolicyFile>["file"]>;
type CheckedExperiment = Omit<z.infer<typeof experimentSchema>, "layers"> & { layers: PolicyFile["layers"] };
type Checked = { layers: PolicyFile["layers"]; experiment: CheckedExperiment | null; warnings: string[] } | { errors: string };

function openExperiment(experiment: CheckedExperiment, environment: string): RunningExperiment {
  const read = policyReader(experiment.layers, environment);
  return {
    mode: experiment.mode,
    includes: (keys) => isInExperiment(experiment, keys),
    policyFor: (place) => read(place).effective,
  };
}

function checkLayers(payload: Record<string, unknown>, known: Parameters<typeof checkPolicyFile>[1]): Checked {
  const envelope = contentSchema.safeParse(payload);
  if (!envelope.success) return { errors: "Its content is not {layers: […], experiment?: {…}}, the layers as in a policy file." };
  const { layers, experiment } = envelope.data.content;
  const inForce = readLayers(layers, known);
  if ("errors" in inForce || !experiment) return "errors" in inForce ? inForce : { ...inForce, experiment: null };
  const onTrial = readLayers(experiment.layers, known);
  if ("errors" in onTrial) return { errors: `With the change on trial: ${onTrial.errors}` };
  return { ...inForce, experiment: { ...experiment, layers: onTrial.layers } };
}

function readLayers(
  layers: unknown[],
  known: Parameters<typeof checkPolicyFile>[1],
): { layers: PolicyFile["layers"]; warnings: string[] } | { errors: string } {
  const { file, problems } = checkPolicyFile({ schema: 1, layers }, known);
  if (file) return { layers: file.layers, warnings: problems.map(inWords) };
  const errors = problems.filter((problem) => problem.severity === "error");
  return { errors: errors.map(inWords).join("\n") };
}
