/** CPU seconds that processes have used, their children included. From /proc: undefined elsewhere. */
import fs from "node:fs";

const TICKS_PER_SEC = 100;

export function cpuSeconds(pid: number): number | undefined {
  try {
    const own = statOf(pid);
    // utime, stime, and those of children that ended; living children are added one by one.
    let ticks = own[11]! + own[12]! + own[13]! + own[14]!;
    for (const child of childrenOf(pid)) {
      const stat = statOf(child);
      ticks += stat[11]! + stat[12]!;
    }
    return ticks / TICKS_PER_SEC;
  } catch {
    return undefined;
  }
}

/** Numeric fields of /proc/<pid>/stat after the name, which may hold spaces. */
function statOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  return text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
}

function childrenOf(pid: number): number[] {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
