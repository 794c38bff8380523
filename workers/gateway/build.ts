/** npm run build:gateway → dist/gateway.mjs */
import path from "node:path";
import { bundleGateway } from "./bundle";

const outfile = path.join(import.meta.dirname, "../../dist/gateway.mjs");
await bundleGateway(outfile);
console.log(`built ${path.relative(process.cwd(), outfile)}`);
