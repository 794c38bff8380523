import fs from "node:fs";
import path from "node:path";

/** The folder that holds package.json. Bundlers move files, so the working directory decides. */
export function projectRoot(): string {
  for (let at = process.cwd(); ; at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, "prisma/migrations"))) return at;
    if (at === path.dirname(at)) throw new Error("Run this inside the Headroom folder: prisma/migrations was not found.");
  }
}
