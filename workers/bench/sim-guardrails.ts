/**
 * `npm run sim:guardrails [-- --runs 1000]`: calibration of the guardrails with traffic whose truth is known. Prints the
 * table of lib/changes/README.md. Seeded: the same on every machine.
 */
import { parseArgs } from "node:util";
import { simulateRuns, type Effect, type Traffic } from "@/lib/changes/guardrails/simulate";

const { values } = parseArgs({ options: { runs: { type: "string", default: "1000" } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs takes a whole number, not "${values.runs}".`);

const usual = { errorRate: 0.01, slowRate: 0.05, costSigma: 1 };
const traffics: [string, Traffic][] = [
  ["20/min, 50 %", { ...usual, requestsPerMinute: 20, canaryShare: 0.5 }],
  ["40/min, 50 %", { ...usual, requestsPerMinute: 40, canaryShare: 0.5 }],
  ["100/min, 25 %", { ...usual, requestsPerMinute: 100, canaryShare: 0.25 }],
  ["400/min, 5 %", { ...usual, requestsPerMinute: 400, canaryShare: 0.05 }],
];
const nothing: Effect = { errors: 1, slow: 1, cost: 1 };
const effects: [string, Effect, number][] = [
  ["nothing changed", nothing, 360],
  ["all requests fail", { ...nothing, errors: 1_000 }, 60],
  ["errors 1 % → 5 %", { ...nothing, errors: 5 }, 360],
  ["slow 5 % → 20 %", { ...nothing, slow: 4 }, 360],
  ["cost +50 %", { ...nothing, cost: 1.5 }, 360],
  ["cost +20 %", { ...nothing, cost: 1.2 }, 360],
];

const time = (sec: number | null) => (sec === null ? "—" : sec < 120 ? `${sec} s` : `${(sec / 60).toFixed(1)} min`);
console.log(`${runs} simulated rollouts each, one look every 10 s, for 6 h (total failure: 1 h)\n`);
console.log("| what the change does | traffic, share of the canary | rolled back | median | p95 |");
console.log("| --- | --- | ---: | ---: | ---: |");
for (const [effectName, effect, minutes] of effects) {
  for (const [trafficName, traffic] of traffics) {
    const { rolledBack, medianSec, p95Sec } = simulateRuns(traffic, effect, minutes, runs, `${effectName} ${trafficName}`);
    const share = `${((100 * rolledBack) / runs).toFixed(1)} %`;
    console.log(`| ${effectName} | ${trafficName} | ${share} | ${time(medianSec)} | ${time(p95Sec)} |`);
  }
}
