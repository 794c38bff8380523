/** The demo's programs as single files: a program that runs from TypeScript costs thirty megabytes more. */
import path from "node:path";
import { bundleProgram } from "../bundle-program";

const PROGRAMS = {
  engine: "workers/simulator/engine/main.ts",
  traffic: "workers/simulator/live/main.ts",
  gateways: "workers/simulator/gateways/main.ts",
  agents: "workers/simulator/agents/main.ts",
} as const;
type DemoProgram = keyof typeof PROGRAMS;

export const programFile = (dir: string, program: DemoProgram): string => path.join(dir, `${program}.mjs`);

/** Bundles into `dir`; the names of the source files that are in it. */
export async function bundlePrograms(dir: string, programs: readonly DemoProgram[]): Promise<string[]> {
  const sources = await Promise.all(programs.map((program) => bundleProgram(PROGRAMS[program], programFile(dir, program))));
  return [...new Set(sources.flat())];
}
