/**
 * `npm test`: everything CI checks, in one go, on a clone that has nothing but Node. Every step runs even when an
 * earlier one failed; the last line sums all runners: "N passed, N failed, N skipped".
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** Passed, but only when asked a second time: named in the summary, so that none becomes a habit. */
  flaky?: string[];
  /** Their names and first lines, repeated at the end: a log is often read, or kept, from its end. */
  failures?: string[];
}

interface Step {
  name: string;
  command: string[];
  env?: Record<string, string>;
  /** Reads the runner's report. Absent: the step counts as one check. */
  tally?: () => Tally;
}

const reports = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-reports-"));
const vitestReport = path.join(reports, "vitest.json");
const playwrightReport = path.join(reports, "playwright.json");

const steps: Step[] = [
  { name: "format", command: ["npm", "run", "-s", "format:check"] },
  { name: "lint", command: ["npm", "run", "-s", "lint"] },
  { name: "types", command: ["npm", "run", "-s", "typecheck"] },
  { name: "dead code", command: ["npm", "run", "-s", "knip"] },
  {
    name: "unit, database and component tests",
    command: [
      "npx",
      "vitest",
      "run",
      "--config",
      ".config/vitest.ts",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${vitestReport}`,
    ],
    tally: () => readVitest(vitestReport),
  },
  { name: "build", command: ["npx", "next", "build"], env: { NODE_ENV: "production" } },
  {
    name: "browser journeys and accessibility",
    command: ["npx", "playwright", "test", "--config", ".config/playwright.ts"],
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
    tally: () => readPlaywright(playwrightReport),
  },
];

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

const beginning = (text: string, lines = 6) => text.split("\n").slice(0, lines).join("\n    ");

function readVitest(file: string): Tally {
  const report = JSON.parse(fs.readFileSync(file, "utf8")) as VitestReport;
  const failed = report.numFailedTests + (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? 1 : 0);
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const where = path.relative(process.cwd(), name);
    const tests = assertionResults.filter((one) => one.status === "failed");
    if (tests.length === 0) return status === "failed" ? [`${where}: ${beginning(message)}`] : [];
    return tests.map((one) => `${where}: ${one.fullName}: ${beginning(one.failureMessages.join("\n"))}`);
  });
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests, failures };
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[];
  specs: { title: string; file: string; line: number; tests: PlaywrightTest[] }[];
}
interface PlaywrightTest {
  status: "expected" | "unexpected" | "flaky" | "skipped";
  results: { errors: { message?: string }[] }[];
}

function readPlaywright(file: string): Tally {
  const report = JSON.parse(fs.readFileSync(file, "utf8")) as { suites: PlaywrightSuite[]; errors: { message?: string }[] };
  const tally = { passed: 0, failed: 0, skipped: 0, flaky: [] as string[], failures: [] as string[] };
  const visit = (suite: PlaywrightSuite): void => {
    suite.suites?.forEach(visit);
    for (const { title, file: spec, line, tests } of suite.specs) {
      for (const { status, results } of tests) {
        const where = `e2e/${spec}:${line}: ${title}`;
        const first = stripVTControlCharacters(results.find(({ errors }) => errors.length > 0)?.errors[0]?.message ?? "");
        if (status === "skipped") tally.skipped++;
        else if (status === "unexpected") {
          tally.failed++;
          tally.failures.push(`${where}: ${beginning(first, 20)}`);
        } else {
          tally.passed++;
          if (status === "flaky") tally.flaky.push(`${where}: ${beginning(first)}`);
        }
      }
    }
  };
  report.suites.forEach(visit);
  tally.failures.push(...report.errors.map(({ message }) => beginning(stripVTControlCharacters(message ?? ""), 20)));
  return tally;
}

function run(step: Step): Promise<number> {
  return new Promise((resolve) => {
    const [command, ...args] = step.command;
    const child = spawn(command!, args, { stdio: "inherit", env: { ...process.env, ...step.env } });
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

const only = process.argv.slice(2);
const total: Tally = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
const failures: string[] = [];
const flaky: string[] = [];
for (const step of steps) {
  if (only.length > 0 && !only.some((word) => step.name.includes(word))) continue;
  console.log(`\n── ${step.name} ──`);
  const started = Date.now();
  const code = await run(step);
  let tally: Tally = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (step.tally) {
    try {
      tally = step.tally();
    } catch {
      tally = { passed: 0, failed: 1, skipped: 0 };
    }
    // A runner that ends badly with every test passed (a crash, an unhandled error) has failed all the same.
    if (code !== 0 && tally.failed === 0) tally.failed = 1;
  }
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
  failures.push(...(tally.failures ?? []));
  flaky.push(...(tally.flaky ?? []));
  const seconds = Math.round((Date.now() - started) / 1000);
  summary.push(
    `${tally.failed === 0 ? "ok    " : "FAILED"} ${step.name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped (${seconds} s)`,
  );
}
fs.rmSync(reports, { recursive: true, force: true });
for (const name of flaky) console.log(`~ passed at the second try: ${name}`);
for (const failure of failures) console.log(`✗ ${failure}`);
console.log(`\n${summary.join("\n")}\n`);
const besides = [
  ...(total.skipped > 0 ? [`${total.skipped} skipped`] : []),
  ...(flaky.length > 0 ? [`${flaky.length} only at the second try`] : []),
];
console.log([`${total.passed} passed`, `${total.failed} failed`, ...besides].join(", "));
process.exit(total.failed === 0 ? 0 : 1);
