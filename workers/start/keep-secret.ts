import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** A secret that is made once and kept in the data folder, readable by this user only. */
export function keepSecret(dataDir: string, name: string, make = () => randomBytes(32).toString("base64url")): string {
  const file = path.join(dataDir, name);
  fs.mkdirSync(dataDir, { recursive: true });
  try {
    // "wx": of two programs that start at once, one makes it and both read it.
    fs.writeFileSync(file, make(), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return fs.readFileSync(file, "utf8").trim();
}
