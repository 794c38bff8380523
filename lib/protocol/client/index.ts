/** Shared by gateway and agent: how a target enrols, takes orders, and stays on its feet. */
export type { Applier, ApplyStep } from "./applier";
export type { ClientLog, Clock, SyncClient, SyncClientOptions, SyncStatus, Timing } from "./contract";
export { enrol, loadIdentity, type EnrolOptions, type Identity } from "./identity";
export { startSyncClient } from "./start-sync-client";
