import { setTimeout as waitReally } from "node:timers/promises";
import type { Clock } from "@/lib/protocol/client";

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  wait: (ms, signal) => waitReally(ms, undefined, { signal }).catch(() => undefined),
};
