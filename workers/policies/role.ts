/**
 * Targets get what is in force without a save: when they enrol, and when they can do other things than before.
 *
 *   every second: active targets ─ new, or changed ─► publishToTarget, one transaction each ─► ordered | refused | nothing
 *
 * Level-triggered, and not part of enrolment: a target that enrolled while this was away gets its order afterwards, and a
 * policy that cannot be rendered never keeps a target out. What is in force for all others was sent by the save itself.
 */
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { publishToTarget } from "@/lib/policies/store";
import type { RoleDeps, RunningRole } from "../role";
import { findTargets } from "./find-targets";

const EVERY_MS = 1_000;
const TRANSACTION = { maxWait: 15_000, timeout: 60_000 };

export function startPoliciesRole({ db, log }: Pick<RoleDeps, "db" | "log">): RunningRole {
  const startedAt = Date.now();
  const seen = new Map<string, string>();
  let lastDoneAt: number | null = null;
  let stopping = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const run = () => {
    working = (async () => {
      for (const id of await findTargets(db, seen)) {
        if (stopping) return;
        await publish(id);
      }
      lastDoneAt = Date.now();
    })().catch((error: unknown) => log.warn({ err: error }, "targets could not be given their policies; tried again"));
    void working.then(() => {
      if (!stopping) timer = setTimeout(run, EVERY_MS);
    });
  };

  async function publish(id: string): Promise<void> {
    try {
      const ctx = { actor: SYSTEM_ACTOR, now: new Date() };
      const outcome = await db.prisma.$transaction((tx) => publishToTarget(tx, ctx, id), TRANSACTION);
      if (outcome) log.info({ target: outcome.name, outcome: outcome.outcome, reasons: outcome.reasons }, "target looked at");
    } catch (error) {
      // Looked at again, with the others in between.
      seen.delete(id);
      throw error;
    }
  }

  run();
  return {
    health: () => {
      const ageMs = Date.now() - (lastDoneAt ?? startedAt);
      return { ok: ageMs < 120_000, detail: { lastDoneAt, ageMs } };
    },
    close: async () => {
      stopping = true;
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}
