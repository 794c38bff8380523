/** `npm run changes:invariants`: what must always hold of changes, rollouts and orders, asked of the database (DATABASE_URL). Exit code 1: something is broken. */
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { brokenInvariants } from "@/lib/changes/invariants/broken-invariants";
import { db } from "@/lib/db";
import { createLogger } from "@/lib/log";

const database = db();
const broken = await brokenInvariants({ actor: SYSTEM_ACTOR, db: database, now: new Date(), log: createLogger("invariants") });
for (const sentence of broken) console.error(sentence);
if (broken.length === 0) console.log("Every invariant of changes and rollouts holds.");
else console.error(`${broken.length} broken.`);
await database.close();
process.exitCode = broken.length === 0 ? 0 : 1;
