import { Counter } from "prom-client";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { recordCharges } from "@/lib/charges";
import { expireFiles, runExport } from "@/lib/exports";
import type { RoleDeps, RunningRole } from "../role";

export interface ExportsOptions {
  lookMs?: number;
  leaseMs?: number;
  /** Between two looks at finished days and files whose time is over. */
  keepMs?: number;
}

const DAY_MS = 86_400_000;
const AFTER_FAILURE_MS = 5_000;
/** Late data of finished days keep coming for a while; what is older changes by repricing only, and is found by its cost. */
const KEPT_DAYS = 33;

/**
 * Makes files, one at a time in each process, and keeps the charges of finished days recorded before their raw rows go. Any number
 * of processes may: a file is one worker's by a lease with a fencing epoch, a day is written under a lock.
 */
export function startExportsRole(
  { db, log, metrics }: RoleDeps,
  { lookMs = 1_000, leaseMs = 60_000, keepMs = 15 * 60_000 }: ExportsOptions = {},
): RunningRole {
  const files = new Counter({
    name: "headroom_exports_files_total",
    help: "Exports by how this worker left them",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const stopping = new AbortController();
  let failure: string | null = null;
  let keptAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  const keep = async () => {
    const now = new Date();
    const ctx = { actor: SYSTEM_ACTOR, db, now, log };
    await expireFiles(db, now);
    const { written } = await recordCharges(ctx, {
      from: new Date(now.getTime() - KEPT_DAYS * DAY_MS),
      to: new Date(now.getTime() - DAY_MS),
    });
    if (written > 0) log.info({ days: written }, "charges of finished days are recorded");
    keptAtMs = Date.now();
  };
  const walk = async () => {
    while (!stopping.signal.aborted) {
      const outcome = await runExport({ db, log, now: () => new Date(), leaseMs, signal: stopping.signal });
      if (outcome === "none") break;
      files.inc({ outcome });
    }
    if (!stopping.signal.aborted && Date.now() - keptAtMs >= keepMs) await keep();
    failure = null;
  };
  const look = () => {
    working = walk().catch((error: unknown) => {
      failure = String(error);
      log.warn({ err: error }, "an export failed and is tried again");
    });
    void working.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(look, failure === null ? lookMs : AFTER_FAILURE_MS);
    });
  };
  look();

  return {
    health: () => ({ ok: failure === null, detail: { failure, keptAgeMs: keptAtMs === 0 ? null : Date.now() - keptAtMs } }),
    close: async () => {
      stopping.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
