/**
 * Which process is which, across restarts of the agent. A process id alone is not an identity: it is used again. Id and
 * start time are; and a mark in its environment finds a process of which the agent could not write down the id any more.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";

/** The environment variable that every engine is started with. */
export const ENGINE_MARK = "HEADROOM_ENGINE_ID";

export interface ProcessIdentity {
  pid: number;
  /** As the system counts it: only compared. */
  startTime: string;
}

/** Null: there is no such process, or it is a zombie. */
export function identityOf(pid: number): ProcessIdentity | null {
  const startTime = process.platform === "linux" ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === null ? null : { pid, startTime };
}

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => identityOf(pid)?.startTime === startTime;

/** proc(5): after the command in parentheses, the state is field 3 and the start time field 22. */
function startTimeFromProc(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startTimeFromPs(pid: number): string | null {
  try {
    const [state, ...started] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(/\s+/);
    return !state || state.startsWith("Z") ? null : started.join(" ");
  } catch {
    return null;
  }
}

/** Processes that were started with this mark, the first one (the leader of its group) first. Only where /proc is. */
export function findByMark(mark: string): ProcessIdentity[] {
  let names: string[];
  try {
    names = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names
    .filter((name) => {
      try {
        return fs.readFileSync(`/proc/${name}/environ`, "latin1").split("\0").includes(`${ENGINE_MARK}=${mark}`);
      } catch {
        return false; // It ended just now, or it is not ours.
      }
    })
    .flatMap((name) => identityOf(Number(name)) ?? [])
    .sort((a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid);
}
