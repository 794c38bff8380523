/** npm run build:agent → dist/agent.mjs */
import path from "node:path";
import { bundleAgent } from "./bundle";

const outfile = path.join(import.meta.dirname, "../../dist/agent.mjs");
await bundleAgent(outfile);
console.log(`built ${path.relative(process.cwd(), outfile)}`);
