/** Shared by gateway and agent: how a target enrols, takes orders, and stays on its feet. */
export type { Applier, ApplyStep } from "./applier";
export type { ClientLog, Clock, SyncClient, Timing } from "./contract";
export { enrol } from "./identity";
export { startSyncClient } from "./start-sync-client";
