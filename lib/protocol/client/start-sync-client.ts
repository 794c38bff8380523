import type { SyncClient, SyncClientOptions } from "./contract";

/** Opens the state folder, puts back what ran before and begins to sync. Throws only when the folder cannot be used. */
export async function startSyncClient(options: SyncClientOptions): Promise<SyncClient> {
  throw new Error(`The sync client of ${options.connector} is being written.`);
}
