/** The database that a command of an operator works on: DATABASE_URL, or the embedded one of a launcher that runs here now. */
import path from "node:path";
import { parseConfig } from "@/lib/config";
import { openDb, type Db } from "@/lib/db";
import { runningDatabase } from "./running-here";

/** Ends the program with code 2 and says what to do when there is none. */
export function openOperatorsDatabase(command: string): Db {
  const settings = parseConfig(process.env);
  const url = settings.DATABASE_URL ?? runningDatabase(path.resolve(settings.HEADROOM_DATA_DIR));
  if (url) return openDb(url, { max: 4, applicationName: command });
  console.error("There is no database: set DATABASE_URL, or run this while `npm start` runs on the same HEADROOM_DATA_DIR.");
  process.exit(2);
}
