/**
 * `npm run secrets:rotate`: seals every secret with the key of now (lib/secrets/README.md). Works on DATABASE_URL, or on the
 * embedded database of a launcher that runs on the same data folder. Exit code 1: a secret could not be opened, and is named.
 */
import path from "node:path";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { parseConfig } from "@/lib/config";
import { createLogger } from "@/lib/log";
import { resealChannels } from "@/lib/notifications/channels/reseal-channels";
import { openOperatorsDatabase } from "./start/operators-database";
import { keptSecret } from "./start/running-here";

const settings = parseConfig(process.env);
const dataDir = path.resolve(settings.HEADROOM_DATA_DIR);
const db = openOperatorsDatabase("secrets-rotate");
// Secrets read the settings of the process; the launcher gives its programs the secret that it keeps.
const secret = settings.HEADROOM_SECRET ?? keptSecret(dataDir);
if (secret !== undefined) process.env["HEADROOM_SECRET"] = secret;

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
