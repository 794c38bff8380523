/**
 * What drives one thing that takes configuration and cannot speak the sync protocol itself. One folder a connector:
 *
 *   drivers/<connector>/config.ts   `<connector>ConfigSchema`: strict zod object with the literal `connector`; addresses and
 *                                   limits of this machine. Secrets by the NAME of an environment variable (`tokenEnv`).
 *   drivers/<connector>/…           `openX: OpenDriver<XConfig>`
 *
 * and one line each in `target-config.ts` and `open-driver.ts`.
 *
 * A driver keeps the Applier's promises (lib/protocol/client/applier.ts): `refuse` touches nothing; `apply` resolves only
 * after read-back and throws only after what ran before runs again; the payload decides what runs, never how: no argument,
 * path, address or command of this machine comes from it.
 */
import type { Applier, ClientLog, Clock } from "@/lib/protocol/client";
import type { Capability, Connector, Hardware } from "@/lib/protocol/connectors";

export interface Driver extends Applier {
  readonly connector: Connector;
  readonly capabilities: readonly Capability[];
  /** What the target is made of; null where that says nothing (a router, a file). */
  hardware(): Promise<Hardware | null> | Hardware | null;
  /** A stable address in front of an engine that moves between processes, and where the engine is now; null: nowhere. */
  readonly front?: { url: string; engine(): string | null };
  /** Nothing was ever applied: run what the agent's own file says, if it says something. */
  runInitial?(): void;
  /** Ends what the driver itself keeps open. What it drives goes on, except a process that it supervises. */
  close(): Promise<void>;
}

export interface DriverDeps {
  /** The agent's name, unique in the workspace. */
  name: string;
  /** Of this driver alone; exists. Survives restarts. */
  stateDir: string;
  env: Readonly<Record<string, string | undefined>>;
  log: ClientLog;
  clock: Clock;
  fetch: typeof fetch;
  /** What runs has crashed; a second time within ten minutes, the client goes back to the last known good. */
  crashed(reason: string): void;
  /** Health changed: tell the console now. */
  changed(): void;
}

/** Throws with what is wrong and what to do when it could never work (a secret that is not set): the agent does not start. */
export type OpenDriver<Config> = (config: Config, deps: DriverDeps) => Promise<Driver>;
