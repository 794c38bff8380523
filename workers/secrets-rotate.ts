/**
 * `npm run secrets:rotate`: seals every secret with the key of now (lib/secrets/README.md). Works on DATABASE_URL, or on the
 * embedded database of a launcher that runs on the same data folder. Exit code 1: a secret could not be opened, and is named.
 */
import path from "node:path";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { parseConfig } from "@/lib/config";
import { openDb } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { resealChannels } from "@/lib/notifications/channels/reseal-channels";
import { keptSecret, runningDatabase } from "./start/running-here";

const settings = parseConfig(process.env);
const dataDir = path.resolve(settings.HEADROOM_DATA_DIR);
const databaseUrl = settings.DATABASE_URL ?? runningDatabase(dataDir);
if (!databaseUrl) {
  console.error("There is no database: set DATABASE_URL, or run this while `npm start` runs on the same HEADROOM_DATA_DIR.");
  process.exit(2);
}
// Secrets read the settings of the process; the launcher gives its programs the secret that it keeps.
const secret = settings.HEADROOM_SECRET ?? keptSecret(dataDir);
if (secret !== undefined) process.env["HEADROOM_SECRET"] = secret;

const db = openDb(databaseUrl, { max: 2, applicationName: "secrets-rotate" });
try {
  const ctx = { actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("secrets-rotate") };
  const { resealed, unchanged, failed } = await resealChannels(ctx);
  const channels = (count: number) => `${count} channel${count === 1 ? "" : "s"}`;
  console.log(`${channels(resealed)} sealed anew, ${channels(unchanged)} already had the key of now.`);
  for (const { name, reason } of failed) console.error(`${name}: ${reason}`);
  if (failed.length === 0) console.log("The key before can be taken away.");
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  await db.close();
}
