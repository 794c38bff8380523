/** One agent per state folder: two would fight over the engines and be quarantined as one target that lives twice. */
import fs from "node:fs";
import path from "node:path";
import { identityOf } from "./drivers/engine/process/process-identity";

const taken = new Set<string>();

/** Throws when another living agent has the folder. The answer gives it back. */
export function ownFolder(stateDir: string): () => void {
  fs.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const folder = fs.realpathSync(stateDir);
  const file = path.join(folder, "agent.pid");
  const owner = readOwner(file);
  const alive = owner !== null && identityOf(owner.pid)?.startTime === owner.startTime;
  if (taken.has(folder) || (alive && owner.pid !== process.pid)) {
    throw new Error(
      `${stateDir} is in use by another agent (process ${owner?.pid ?? process.pid}). Give each agent a stateDir of its own.`,
    );
  }
  fs.writeFileSync(file, JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  taken.add(folder);
  return () => {
    taken.delete(folder);
    fs.rmSync(file, { force: true });
  };
}

function readOwner(file: string): { pid: number; startTime: string } | null {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number; startTime: string };
  } catch {
    return null;
  }
}
