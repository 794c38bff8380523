/** The simulated engine as one small file, so that eight of them fit into a demo. */
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "../../..");

/** Bundles to `outfile`; the names of the source files that are in it. */
export async function bundleEngine(outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [path.join(root, "workers/simulator/engine/main.ts")],
    outfile,
    absWorkingDir: root,
    tsconfig: path.join(root, "tsconfig.json"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minify: true,
    metafile: true,
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
}
