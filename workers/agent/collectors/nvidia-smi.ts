/** What `nvidia-smi` says of the GPUs: the fallback where no dcgm-exporter runs. */
import { execFile } from "node:child_process";
import type { GpuReading } from "./read-gpus";
import type { GpuMeaning } from "./name-registry";

const FIELDS = ["index", "uuid", "name", "utilization.gpu", "memory.used", "memory.total", "power.draw", "temperature.gpu"];
const OUTPUT_MAX_BYTES = 1024 * 1024;

/** @param command of the agent's own configuration, e.g. /usr/bin/nvidia-smi; run without a shell */
export function runNvidiaSmi(command: string, signal: AbortSignal): Promise<string> {
  const args = [`--query-gpu=${FIELDS.join(",")}`, "--format=csv,noheader,nounits"];
  return new Promise((resolve, reject) => {
    execFile(command, args, { signal, maxBuffer: OUTPUT_MAX_BYTES, killSignal: "SIGKILL" }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}

/** Values that the GPU has not ([N/A], [Not Supported], [Unknown Error] …) are left out. */
export function readNvidiaSmi(text: string): GpuReading[] {
  const rows = text.split("\n").map((line) => line.split(",").map((cell) => cell.trim()));
  return rows.flatMap((cells): GpuReading[] => {
    if (cells.length !== FIELDS.length || !/^\d+$/.test(cells[0]!)) return [];
    const numbers: [GpuMeaning, string, number][] = [
      ["gpuUtil", cells[3]!, 0.01],
      ["memoryUsedMib", cells[4]!, 1],
      ["memoryTotalMib", cells[5]!, 1],
      ["powerWatts", cells[6]!, 1],
      ["temperatureC", cells[7]!, 1],
    ];
    const values: GpuReading["values"] = {};
    for (const [meaning, cell, scale] of numbers) if (/^\d+(\.\d+)?$/.test(cell)) values[meaning] = Number(cell) * scale;
    const given = (cell: string) => (cell === "" || /^\[.*\]$|^N\/A$/.test(cell) ? null : cell);
    return [{ gpu: cells[0]!, uuid: given(cells[1]!), type: given(cells[2]!), instances: [], values, energyAddedMj: null }];
  });
}
