/** What the launcher keeps in the data folder, for programs that an operator starts beside it. */
import fs from "node:fs";
import path from "node:path";

function kept(dataDir: string, name: string): string | undefined {
  const file = path.join(dataDir, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : undefined;
}

/** The embedded database of a launcher that runs here now. */
export const runningDatabase = (dataDir: string): string | undefined => kept(dataDir, "database-url");

/** HEADROOM_SECRET, when the launcher made one. */
export const keptSecret = (dataDir: string): string | undefined => kept(dataDir, "secret");
