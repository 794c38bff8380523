/** What engines print: a file each, bounded; and its end, without secrets, for the reason of a failure. */
import fs from "node:fs";
import path from "node:path";
import { withoutSecrets } from "../secrets";

const KEPT_FILES = 5;
const TAIL_BYTES = 4_096;
const TAIL_LINES = 8;

export class EngineLogs {
  private readonly dir: string;

  constructor(
    stateDir: string,
    private readonly limitBytes: number,
    private readonly secrets: readonly string[],
  ) {
    this.dir = path.join(stateDir, "engine-logs");
    fs.mkdirSync(this.dir, { recursive: true, mode: 0o700 });
  }

  fileOf(id: string): string {
    return path.join(this.dir, `${id}.log`);
  }

  /** Keeps those in use and a few of the newest others. */
  prune(inUse: readonly string[]): void {
    const others = fs
      .readdirSync(this.dir)
      .filter((name) => !inUse.includes(path.basename(name, ".log")))
      .map((name) => path.join(this.dir, name))
      .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
    for (const file of others.slice(KEPT_FILES)) fs.rmSync(file, { force: true });
  }

  /** The engine goes on appending: it begins anew in the same file. */
  cut(id: string): void {
    try {
      if (fs.statSync(this.fileOf(id)).size > this.limitBytes) fs.truncateSync(this.fileOf(id), 0);
    } catch {
      // A file that somebody took away, or a full disk, is not the engine's fault.
    }
  }

  /** The last lines, or nothing. */
  tail(id: string): string {
    let text: string;
    try {
      const file = fs.openSync(this.fileOf(id), "r");
      try {
        const { size } = fs.fstatSync(file);
        const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
        fs.readSync(file, buffer, 0, buffer.length, size - buffer.length);
        text = buffer.toString("utf8");
      } finally {
        fs.closeSync(file);
      }
    } catch {
      return "";
    }
    const lines = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    return withoutSecrets(lines.slice(-TAIL_LINES).join("\n"), this.secrets);
  }
}
