import { bundleProgram } from "../bundle-program";

/** The gateway as one file; the names of the source files that are in it. */
export const bundleGateway = (outfile: string): Promise<string[]> => bundleProgram("workers/gateway/main.ts", outfile);
