/** A program as one file that needs nothing but Node. */
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "..");

/** Bundles `entry` (from the project's folder) to `outfile`; the names of the source files that are in it. */
export async function bundleProgram(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [path.join(root, entry)],
    outfile,
    absWorkingDir: root,
    tsconfig: path.join(root, "tsconfig.json"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    metafile: true,
    logLevel: "warning",
    // CommonJS packages ask for Node's own modules.
    banner: {
      js: '#!/usr/bin/env node\nimport{createRequire as createRequireOfBundle}from"node:module";const require=createRequireOfBundle(import.meta.url);',
    },
  });
  return Object.keys(metafile.inputs);
}
