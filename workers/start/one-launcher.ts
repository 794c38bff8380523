/** One launcher per data folder: the file launcher.pid says which. A launcher that was killed leaves a stale file. */
import fs from "node:fs";
import path from "node:path";

/** Undefined when this process now holds the folder, else what to tell the person. */
export function holdDataDir(dataDir: string): string | undefined {
  fs.mkdirSync(dataDir, { recursive: true });
  const file = fileOf(dataDir);
  const holder = Number(readOrEmpty(file));
  if (holder > 0 && holder !== process.pid && isLauncher(holder)) {
    return `Headroom already runs in ${dataDir} (pid ${holder}). Stop it first (Ctrl-C there, or: kill ${holder}), or set HEADROOM_DATA_DIR to another folder.`;
  }
  fs.writeFileSync(file, String(process.pid));
  return undefined;
}

export function releaseDataDir(dataDir: string): void {
  if (Number(readOrEmpty(fileOf(dataDir))) === process.pid) fs.rmSync(fileOf(dataDir), { force: true });
}

const fileOf = (dataDir: string) => path.join(dataDir, "launcher.pid");

function readOrEmpty(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}

function isLauncher(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    // A pid that was given to another program meanwhile is not a launcher.
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(path.join("workers", "start"));
  } catch {
    return process.platform !== "linux";
  }
}
