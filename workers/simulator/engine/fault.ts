/**
 * HEADROOM_SIM_FAULT: what a bad change does, for tests and demonstrations. A list with commas:
 *
 *   crash-on-start   ends while loading          slow:+80     every step takes 80 % longer
 *   oom-after:3      runs out of memory and ends after 3 answers
 *   errors:25        a quarter of the requests gets a 500
 *   errors-after:3   and only after three requests: what a warm-up does not see
 *
 * `@awq` behind one of them: only when the engine runs that precision, e.g. `crash-on-start@gptq`.
 */
import { PRECISIONS, type Precision } from "./flags";

export interface Fault {
  crashOnStart: boolean;
  oomAfter: number | null;
  slowFactor: number;
  /** 0 to 1. */
  errorShare: number;
  /** Requests that are answered first, whatever their share. */
  errorsAfter: number;
}

/** Throws on words that it does not know: a fault that is silently absent makes a test that cannot fail. */
export function readFault(text: string | undefined, precision: Precision): Fault {
  const fault: Fault = { crashOnStart: false, oomAfter: null, slowFactor: 1, errorShare: 0, errorsAfter: 0 };
  for (const entry of (text ?? "").split(",").filter(Boolean)) {
    const [what, only] = entry.trim().split("@") as [string, string?];
    if (only !== undefined && !(PRECISIONS as readonly string[]).includes(only))
      throw new Error(`HEADROOM_SIM_FAULT: unknown precision ${only}`);
    const [name, value] = what.split(":") as [string, string?];
    const number = Number(value?.replace(/[+%]/g, ""));
    if (name !== "crash-on-start" && !(number >= 0)) throw new Error(`HEADROOM_SIM_FAULT: ${entry} needs a number`);
    if (only !== undefined && only !== precision) continue;
    if (name === "crash-on-start") fault.crashOnStart = true;
    else if (name === "oom-after") fault.oomAfter = number;
    else if (name === "slow") fault.slowFactor = 1 + number / 100;
    else if (name === "errors") fault.errorShare = number / 100;
    else if (name === "errors-after") fault.errorsAfter = number;
    else throw new Error(`HEADROOM_SIM_FAULT: unknown fault ${name}`);
  }
  return fault;
}
