/** What a driver is given, for tests: a clock that does not wait, and a log that can be read. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { ApplyStep } from "@/lib/protocol/client";
import type { DriverDeps } from "../../driver";

export interface TestDeps extends DriverDeps {
  logged: string[];
  /** Milliseconds waited so far by this clock. */
  waitedMs(): number;
}

export function testDeps(over: Partial<DriverDeps> = {}): TestDeps {
  const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-driver-"));
  onTestFinished(() => fs.rmSync(stateDir, { recursive: true, force: true }));
  let steadyMs = 0;
  const logged: string[] = [];
  return {
    name: "agent-1",
    stateDir,
    env: {},
    log: (level, message) => void logged.push(`${level} ${message}`),
    clock: {
      wallMs: () => Date.UTC(2026, 10, 20) + steadyMs,
      steadyMs: () => steadyMs,
      wait: (ms) => {
        steadyMs += ms;
        // Real I/O gets its turn.
        return new Promise((resolve) => void setTimeout(resolve, 1));
      },
    },
    fetch,
    crashed: () => undefined,
    changed: () => undefined,
    ...over,
    logged,
    waitedMs: () => steadyMs,
  };
}

export function step(why: ApplyStep["why"] = "offer", over: Partial<ApplyStep> = {}): ApplyStep {
  return { generation: 7, why, progress: () => undefined, signal: new AbortController().signal, ...over };
}
