/**
 * Live traffic: what starts in this minute (the same plan as the history's) is done for real, each at its moment. A start
 * that fails harms no other.
 */
import type { Logger } from "@/lib/log";
import { randomAt } from "@/lib/stats/random";
import type { Scene } from "../attempts";
import type { FleetCalendar } from "../calendar";
import { startsOf } from "../generate";
import { RECIPES } from "../recipes";
import { Repeats } from "./repeats";
import { runStart, type StartDeps } from "./run-start";
import { until } from "./until";

const MINUTE_MS = 60_000;

interface LiveDeps extends Omit<StartDeps, "until"> {
  calendar: FleetCalendar;
  log: Pick<Logger, "warn">;
}

export async function runLive(deps: LiveDeps): Promise<void> {
  const repeats = new Repeats();
  const start: StartDeps = { ...deps, until: (atMs) => until(atMs, deps.stopping) };
  let fromMs = Date.now();
  while (!deps.stopping.aborted) {
    const minuteMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
    for (const { endpoint, tenant, count } of startsOf(deps.calendar, minuteMs)) {
      for (let number = 0; number < count; number += 1) {
        const random = randomAt(deps.calendar.seed, minuteMs, endpoint, tenant.id, "live", number);
        const startMs = minuteMs + random.next() * MINUTE_MS;
        if (startMs < fromMs) continue;
        const scene: Scene = { random, calendar: deps.calendar, tenant, endpoint };
        void runStart(start, repeats, RECIPES[endpoint], scene, startMs).catch((error: unknown) =>
          deps.log.warn({ err: error, endpoint }, "a demo request failed"),
        );
      }
    }
    fromMs = minuteMs + MINUTE_MS;
    await until(fromMs, deps.stopping);
  }
}
