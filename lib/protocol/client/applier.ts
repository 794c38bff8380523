/** What a program that takes configuration gives to the sync client: the only part that differs between them. */
import type { Health } from "../sync";

export interface Applier {
  /** Decide without touching anything. A sentence refuses it for good; null lets it be applied. */
  refuse(payload: Record<string, unknown>): Promise<string | null> | string | null;
  /**
   * Make `payload` what runs, and do not resolve before it was read back from what really runs. Throws when it cannot:
   * by then what ran before must run again. Called with the last known good payload at boot and to go back.
   */
  apply(payload: Record<string, unknown>, step: ApplyStep): Promise<void>;
  /** Canonical hash of the payload that really runs, read from it; null when it cannot be read. */
  effectiveHash(): Promise<string | null> | string | null;
  health(): Promise<Health> | Health;
}

export interface ApplyStep {
  generation: number;
  /** boot: it ran before this start. offer: new. revert: going back to what ran before. */
  why: "boot" | "offer" | "revert";
  /** Tells the console how far it is. */
  progress(status: "applying" | "warming"): void;
  signal: AbortSignal;
}
