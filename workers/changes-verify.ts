/**
 * `npm run changes:verify -- bundle.json [<seq>:<hash>]`: does the evidence bundle of a change hold together? Needs no
 * database and no network. The second argument is a head of the audit chain that was written down elsewhere
 * (`npm run audit:verify` prints it): with it also a bundle that was made up as a whole is found. Exit code 1: it does not hold.
 */
import fs from "node:fs";
import { verifyBundle } from "@/lib/changes/evidence/verify-bundle";

const [file, given] = process.argv.slice(2);
const [, seq, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(given ?? "") ?? [];
if (file === undefined || (given !== undefined && (!seq || !hash))) {
  console.error("Usage: npm run changes:verify -- bundle.json [<seq>:<hash of 64 hex digits>]");
  process.exit(2);
}
const { problems, checked, head } = verifyBundle(fs.readFileSync(file, "utf8"), seq && hash ? { seq, hash } : undefined);
if (problems.length === 0) {
  console.log(`The bundle holds: ${checked.join(", ")}. Head: ${head!.seq}:${head!.hash}`);
} else {
  for (const problem of problems) console.error(problem);
  console.error("The bundle does NOT hold.");
}
process.exitCode = problems.length === 0 ? 0 : 1;
