import { bundleProgram } from "../bundle-program";

/** The agent as one file; the names of the source files that are in it. */
export const bundleAgent = (outfile: string): Promise<string[]> => bundleProgram("workers/agent/main.ts", outfile);
