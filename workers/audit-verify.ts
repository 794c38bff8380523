/**
 * `npm run audit:verify [-- <seq>:<hash>]`: walk the audit chain and print its head. Exit code 1 when it is broken.
 * Works on DATABASE_URL, or on the embedded database of a launcher that runs on the same data folder.
 * Keep the printed head outside the database; given back later, it proves that nothing before it was rewritten.
 */
import { verifyAudit } from "@/lib/audit/verify-audit";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { openOperatorsDatabase } from "./start/operators-database";

const [given] = process.argv.slice(2);
const [, seq, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(given ?? "") ?? [];
if (given !== undefined && (!seq || !hash)) {
  console.error("Give the head as it was printed: <number>:<64 hex digits>.");
  process.exit(2);
}
const database = openOperatorsDatabase("audit-verify");
const ctx = { actor: SYSTEM_ACTOR, db: database, now: new Date(), log: createLogger("audit-verify") };
const verdict = await verifyAudit(ctx, seq && hash ? { seq, hash } : undefined);
await database.close();
if (verdict.ok) console.log(`The audit chain holds: ${verdict.checked} events. Head: ${verdict.head.seq}:${verdict.head.hash}`);
else console.error(`The audit chain is BROKEN at event ${verdict.broken?.seq}: ${verdict.broken?.reason}`);
process.exitCode = verdict.ok ? 0 : 1;
