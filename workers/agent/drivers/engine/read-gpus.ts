/** Which GPUs this machine has, as nvidia-smi says. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Hardware } from "@/lib/protocol/connectors";

type Gpus = Pick<Hardware, "gpuType" | "gpuCount" | "memoryTotalMib">;

const QUERY = ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"];

/** Null: there is no nvidia-smi, or it does not answer. */
export async function readGpus(): Promise<Gpus | null> {
  try {
    return parseGpus((await promisify(execFile)("nvidia-smi", QUERY, { timeout: 10_000 })).stdout);
  } catch {
    return null;
  }
}

/** Lines such as `NVIDIA H100 80GB HBM3, 81559`. Of unlike GPUs the first one's name. */
export function parseGpus(csv: string): Gpus | null {
  const rows = csv
    .split("\n")
    .map((line) => line.split(",").map((cell) => cell.trim()))
    .filter((cells) => cells.length >= 2 && cells[0] !== "");
  if (rows.length === 0) return null;
  const memory = rows.map((cells) => Number(cells[1]));
  const known = memory.every((mib) => Number.isFinite(mib));
  return {
    gpuType: rows[0]![0]!,
    gpuCount: rows.length,
    memoryTotalMib: known ? memory.reduce((sum, mib) => sum + mib, 0) : null,
  };
}
