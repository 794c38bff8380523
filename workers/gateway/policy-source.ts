/**
 * Where the policy comes from: here a file, in policy-source-synced.ts the console. The file is read again whenever it
 * changes; a bad one is refused with its reasons and the old policy stays. A request takes the policy once, when it
 * arrives: a change never reaches into a request that is under way.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { checkPolicyFile, policyReader, type AssignmentKeys, type FileProblem, type GatewayPolicy } from "@/lib/policies";
import type { Log } from "./log";
import { writeFileSafely } from "./write-file-safely";

type Known = Parameters<typeof checkPolicyFile>[1];

export interface RunningPolicy {
  /** Of a file: rises by one with each accepted change, also across restarts. From the console: the console's. 0: none yet. */
  generation: number;
  /** sha256 of the file's bytes, or of the ordered payload. */
  hash: string;
  policyFor(place: { tenant: string; endpoint: string }): GatewayPolicy;
  /** A change on trial; null: none. Files have none. */
  experiment: RunningExperiment | null;
}

export interface RunningExperiment {
  mode: "serve" | "shadow";
  includes(keys: AssignmentKeys): boolean;
  policyFor(place: { tenant: string; endpoint: string }): GatewayPolicy;
}

/** What is wrong with a policy file's text, errors and warnings, in words. */
export function checkPolicyText(
  text: string,
  known: Known,
): { problems: FileProblem[]; file: ReturnType<typeof checkPolicyFile>["file"] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = `It is not JSON: ${error instanceof Error ? error.message : String(error)}`;
    return { file: null, problems: [{ severity: "error", where: "in the file", path: "/", message }] };
  }
  return checkPolicyFile(json, known);
}

export const inWords = (problem: FileProblem) => `${problem.severity}: ${problem.where}: ${problem.path}: ${problem.message}`;

export interface PolicySource {
  current(): RunningPolicy;
  /** Why the newest file or order is not the one that runs; null when it is. */
  refusal(): string | null;
  /** For /health: where the policy comes from, and how that place is. */
  desired(): Record<string, string | number | null>;
  reload(): void;
  close(): Promise<void> | void;
}

export interface PolicySourceOptions {
  file: string;
  environment: string;
  stateDir: string;
  known: Known;
  log: Log;
}

/** Throws when the file at start is bad: there is no old policy to keep. */
export function openPolicySource({ file, environment, stateDir, known, log }: PolicySourceOptions): PolicySource {
  let running: RunningPolicy | null = null;
  let refusal: string | null = null;
  let seenHash: string | null = null;

  const load = (): void => {
    let text: string;
    try {
      text = fs.readFileSync(file, "utf8");
    } catch (error) {
      refuse(`The policy file cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const hash = createHash("sha256").update(text).digest("hex");
    if (hash === seenHash) return;
    seenHash = hash;
    const checked = checkPolicyText(text, { ...known, environment });
    if (!checked.file) {
      const errors = checked.problems.filter((problem) => problem.severity === "error").map(inWords);
      refuse(errors.join("\n"));
      return;
    }
    const applied = policyReader(checked.file.layers, environment);
    if (running?.hash === hash) {
      refusal = null;
      return;
    }
    try {
      running = {
        hash,
        generation: nextGeneration(stateDir, hash),
        policyFor: (place) => applied(place).effective,
        experiment: null,
      };
    } catch (error) {
      // A generation that is not on disk could come again for another policy. The disk may have room by the next look.
      seenHash = null;
      refuse(`The generation cannot be written to ${stateDir}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    refusal = null;
    log("info", "policy in force", { generation: running.generation, hash: hash.slice(0, 12) });
    for (const problem of checked.problems) log("warn", inWords(problem));
  };

  const refuse = (why: string): void => {
    if (why === refusal) return;
    refusal = why;
    if (running) log("error", "policy file refused, the old policy stays", { reason: why, generation: running.generation });
  };

  fs.mkdirSync(stateDir, { recursive: true });
  load();
  if (!running) throw new Error(refusal ?? "The policy file is empty.");

  // The directory, not the file: editors and config maps replace the file. The timer is for file systems without events.
  const watcher = fs.watch(path.dirname(path.resolve(file)), () => load());
  watcher.on("error", () => undefined);
  const timer = setInterval(load, 2_000);
  timer.unref();
  return {
    current: () => running!,
    refusal: () => refusal,
    desired: () => ({ policySource: "file" }),
    reload: () => load(),
    close: () => {
      watcher.close();
      clearInterval(timer);
    },
  };
}

/** The same file keeps its generation across restarts; another one gets the next. */
function nextGeneration(stateDir: string, hash: string): number {
  const file = path.join(stateDir, "generation.json");
  let last = { generation: 0, hash: "" };
  try {
    last = JSON.parse(fs.readFileSync(file, "utf8")) as typeof last;
  } catch {
    // First start, or a file that was cut short: generations begin anew.
  }
  if (last.hash === hash) return last.generation;
  const generation = (Number.isSafeInteger(last.generation) ? last.generation : 0) + 1;
  writeFileSafely(file, JSON.stringify({ generation, hash }));
  return generation;
}
