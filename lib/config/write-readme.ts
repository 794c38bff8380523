/** `npm run docs:config`: puts the configuration table into README.md. */
import fs from "node:fs";
import { withConfigTable } from "./readme-table";

fs.writeFileSync("README.md", withConfigTable(fs.readFileSync("README.md", "utf8")));
