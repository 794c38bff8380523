import type { ApplyStep } from "@/lib/protocol/client";
import type { Health } from "@/lib/protocol/sync";
import type { EngineOrder } from "./engine-payload";

/** One way to run an engine on this machine. */
export interface Executor {
  /** Why this machine's own command cannot carry out such an order; null: it can. */
  refuse(order: EngineOrder): string | null;
  apply(order: EngineOrder, step: ApplyStep): Promise<void>;
  runInitial(order: EngineOrder): void;
  /** The stable address in front of it, if there is one. */
  frontUrl: string | null;
  /** What runs now and where it answers; null: nothing. */
  running(): { url: string; order: EngineOrder } | null;
  health(): Promise<Health> | Health;
  close(): Promise<void>;
}
