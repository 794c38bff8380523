/** What a program gives to the sync client, and what it gets. */
import type { Connector, Hardware } from "../connectors";
import type { Applier } from "./applier";
import type { Identity } from "./identity";

/** Names, counts and reasons; never a payload, a key or a token. */
export type ClientLog = (
  level: "info" | "warn" | "error",
  message: string,
  facts?: Record<string, string | number | null>,
) => void;

export interface Clock {
  /** Epoch milliseconds: what people and certificates mean by now. May jump. */
  wallMs(): number;
  /** Milliseconds since whenever; never jumps. Leases and waits are measured by it. */
  steadyMs(): number;
  /** Resolves after `ms`, or at once when aborted; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface SyncClientOptions {
  /** Holds identity.json, the two slots and the payloads. One folder per target. */
  stateDir: string;
  identity: Identity;
  /** e.g. https://headroom.example.com; the paths are the protocol's. */
  consoleUrl: string;
  program: { version: string };
  connector: Connector;
  /** Asked before each sync: an engine may learn what it can do. */
  capabilities: () => readonly string[];
  hardware?: () => Promise<Hardware | null> | Hardware | null;
  applier: Applier;
  log: ClientLog;
  clock?: Clock;
  fetch?: typeof fetch;
  /** 0 ≤ x < 1. */
  random?: () => number;
  timing?: Partial<Timing>;
}

export interface Timing {
  /** After the first failure of a healthy connection: a random time up to this. Default 120 s. */
  reconnectJitterMs: number;
  /** Between two later tries, at most (a random half of it is left out). Default 60 s. */
  retryMs: number;
  /** Between two syncs that had nothing to say, at least. Default 1 s. */
  pollGapMs: number;
  /** Between two syncs of a target that is revoked, quarantined or not known. Default 5 min. */
  slowPollMs: number;
  /** How long an answer may stay away beyond the hold that the console announced. Default 15 s. */
  answerMs: number;
  /** Before what could not be put back (boot, going back) is tried again. Default 5 s. */
  reapplyMs: number;
}

export interface SyncClient {
  /** Settled when what ran before this start runs again, or cannot; at once when nothing ever ran. Never rejects. */
  ready: Promise<void>;
  /** The version in force, by the console's count. Null: nothing was ever applied. */
  running(): { generation: number; hash: string } | null;
  /** The payload in force; null with `running()`. */
  payload(): Record<string, unknown> | null;
  status(): SyncStatus;
  /** What runs has crashed: twice within ten minutes on one generation, and the client goes back to the last known good. */
  crashed(reason: string): void;
  /** Something in health or capabilities changed: tell the console now instead of at the end of the hold. */
  report(): void;
  /** Begin to use a new own key; done when the console has confirmed it. */
  rotateKey(): void;
  /** No further sync; an apply under way is aborted and waited for. Marks the stop as wanted, so that it is no crash. */
  close(): Promise<void>;
}

export interface SyncStatus {
  /** connecting: no answer yet in this boot. lost: the console does not answer; what runs keeps running. */
  console: "connecting" | "connected" | "lost" | "refused";
  /** Why it is lost or refused, or what went wrong last; null when all is well. */
  reason: string | null;
  /** Newest generation that this target has seen. */
  newestGeneration: number;
  lastAttempt: { generation: number; status: string; error?: string } | null;
  /** Epoch ms of the last answer; null before the first one. */
  lastAnswerAt: number | null;
}
