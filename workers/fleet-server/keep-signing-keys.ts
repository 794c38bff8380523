/** The signing keys of this process: read at the start, and again when a rotation rewrites the file. */
import fs from "node:fs";
import type { Logger } from "@/lib/log";
import { openSigningKeys, signingKeyFile, type SigningKeys } from "./signing-keys";

const LOOK_EVERY_MS = 2_000;

export function keepSigningKeys(dataDir: string, log: Logger): { current(): SigningKeys; close(): void } {
  let keys = openSigningKeys(dataDir);
  const file = signingKeyFile(dataDir);
  const look = () => {
    try {
      keys = openSigningKeys(dataDir);
      log.info({ serial: keys.serial }, "signing keys were read again");
    } catch (error) {
      log.error({ err: error }, "the signing keys cannot be read; those in memory stay in force");
    }
  };
  fs.watchFile(file, { interval: LOOK_EVERY_MS }, look);
  return { current: () => keys, close: () => fs.unwatchFile(file, look) };
}
