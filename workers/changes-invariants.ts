/** `npm run changes:invariants`: what must always hold of changes, rollouts and orders, asked of DATABASE_URL, or of the embedded database of a launcher that runs here. Exit code 1: something is broken. */
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { brokenInvariants } from "@/lib/changes/invariants/broken-invariants";
import { createLogger } from "@/lib/log";
import { openOperatorsDatabase } from "./start/operators-database";

const database = openOperatorsDatabase("changes-invariants");
const broken = await brokenInvariants({ actor: SYSTEM_ACTOR, db: database, now: new Date(), log: createLogger("invariants") });
for (const sentence of broken) console.error(sentence);
if (broken.length === 0) console.log("Every invariant of changes and rollouts holds.");
else console.error(`${broken.length} broken.`);
await database.close();
process.exitCode = broken.length === 0 ? 0 : 1;
