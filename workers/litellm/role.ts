/**
 * LiteLLM's duties: read what its callback delivered, and, when an address is set, reconcile with its spend logs.
 * Any number of processes may do it at once: deliveries are locked one by one, and ids are charged once.
 */
import { Gauge } from "prom-client";
import { countDeliveries } from "@/lib/telemetry/litellm";
import type { RoleDeps, RunningRole } from "../role";
import { readNextDelivery } from "./read-deliveries";
import { reconcileSpendLogs } from "./reconcile";

const LOOK_EVERY_MS = 1_000;
const PULL_EVERY_MS = 5 * 60_000;
/** A delivery that waits for so long means that nobody reads. */
const STANDSTILL_MS = 60_000;

export function startLitellmRole({ config, db, log, metrics }: RoleDeps): RunningRole {
  const { HEADROOM_LITELLM_URL: url, HEADROOM_LITELLM_KEY: key } = config;
  const stop = new AbortController();
  let filled = 0;
  let pullError: string | null = null;

  const waiting = new Gauge({
    name: "headroom_litellm_deliveries_waiting",
    help: "Bodies of LiteLLM's callback that are not read yet",
    registers: [metrics],
    async collect() {
      this.set((await countDeliveries(db.pool)).waiting);
    },
  });

  const repeat = (everyMs: number, duty: () => Promise<void>): (() => Promise<void>) => {
    let timer: NodeJS.Timeout;
    let working = Promise.resolve();
    const run = () => {
      working = duty().then(() => {
        if (!stop.signal.aborted) timer = setTimeout(run, everyMs);
      });
    };
    timer = setTimeout(run, Math.min(everyMs, LOOK_EVERY_MS));
    return async () => {
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    };
  };

  const duties = [
    repeat(LOOK_EVERY_MS, async () => {
      try {
        while (!stop.signal.aborted && (await readNextDelivery({ db, log }, new Date())) !== null);
      } catch (error) {
        log.warn({ err: error }, "deliveries of LiteLLM cannot be looked for; tried again");
      }
    }),
  ];
  if (url && key) {
    duties.push(
      repeat(PULL_EVERY_MS, async () => {
        try {
          for (let done = false; !done && !stop.signal.aborted;) {
            const step = await reconcileSpendLogs({ db, log }, { url, key }, new Date());
            done = step.done;
            filled += step.filled;
            if (step.filled > 0)
              log.info({ filled: step.filled, seen: step.seen }, "calls were filled in from LiteLLM's spend logs");
          }
          pullError = null;
        } catch (error) {
          pullError = error instanceof Error ? error.message : String(error);
          log.warn({ err: error }, "LiteLLM's spend logs could not be reconciled; tried again");
        }
      }),
    );
  }

  return {
    health: async () => {
      const { waiting: count, oldestAt } = await countDeliveries(db.pool);
      const ageMs = oldestAt === null ? 0 : Date.now() - oldestAt.getTime();
      return { ok: ageMs < STANDSTILL_MS, detail: { waiting: count, ageMs, reconciles: Boolean(url && key), filled, pullError } };
    },
    close: async () => {
      stop.abort();
      await Promise.all(duties.map((end) => end()));
      waiting.reset();
    },
  };
}
