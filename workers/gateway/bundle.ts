/** The gateway as one file that needs nothing but Node. */
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "../..");

/** Bundles to `outfile`; the names of the source files that are in it. */
export async function bundleGateway(outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [path.join(root, "workers/gateway/main.ts")],
    outfile,
    absWorkingDir: root,
    tsconfig: path.join(root, "tsconfig.json"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    metafile: true,
    logLevel: "warning",
    // prom-client is CommonJS and asks for Node's own modules.
    banner: {
      js: '#!/usr/bin/env node\nimport{createRequire as createRequireOfBundle}from"node:module";const require=createRequireOfBundle(import.meta.url);',
    },
  });
  return Object.keys(metafile.inputs);
}
