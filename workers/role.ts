/** What workers/main.ts runs. A role is one long-running duty; any number of processes may run it at once. */
import type { Registry } from "prom-client";
import type { Config } from "@/lib/config";
import type { Db } from "@/lib/db";
import type { Logger } from "@/lib/log";
import type { Queues } from "@/lib/queue";

export interface RoleDeps {
  config: Config;
  db: Db;
  queues: Queues;
  log: Logger;
  /** Where the role registers its own metrics, named headroom_<role>_… */
  metrics: Registry;
}

export interface RoleHealth {
  /** False when the duty is not being done — not merely "the process is up". */
  ok: boolean;
  detail: Record<string, string | number | boolean | null>;
}

export interface RunningRole {
  health(): Promise<RoleHealth> | RoleHealth;
  /** Finish what is in hand, then stop. */
  close(): Promise<void>;
}

export type StartRole = (deps: RoleDeps) => Promise<RunningRole> | RunningRole;
