/** `npm run sim:rollouts [-- --runs 10000 --from 0]`: ends with 1 and the seeds when an invariant did not hold. */
import { parseArgs } from "node:util";
import { simulateRollout } from "@/workers/simulator/rollouts/simulate";

const { values } = parseArgs({ options: { runs: { type: "string", default: "10000" }, from: { type: "string", default: "0" } } });
const [runs, from] = [Number(values.runs), Number(values.from)];
const ends = new Map<string, number>();
let [failed, ticks] = [0, 0];
for (let seed = from; seed < from + runs; seed++) {
  const run = simulateRollout(String(seed));
  ticks += run.ticks;
  for (const end of run.ended.split(", ").filter(Boolean)) ends.set(end, (ends.get(end) ?? 0) + 1);
  if (run.broken.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed}:\n  ${run.broken.join("\n  ")}`);
}
const counts = [...ends].toSorted(([, a], [, b]) => b - a).map(([end, count]) => `${count} ${end}`);
console.log(`${runs} histories, ${ticks} ticks: ${counts.join(", ")}. ${failed} broke an invariant.`);
process.exit(failed === 0 ? 0 : 1);
