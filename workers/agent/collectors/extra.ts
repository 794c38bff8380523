/** Readings that have no column of their own: at most 100 a sample, what is known first. */

export type ExtraValue = number | string | boolean;

const EXTRA_MAX = 100;
const KEY_LENGTH = 100;
export const TEXT_LENGTH = 200;

/** An unknown metric, as scraped: gauges as they are, counters as what they added. */
export interface UnknownReading {
  name: string;
  value: number;
}

/** Families that are about the exporter's own process: the first to go when there is too much. */
const ABOUT_THE_PROCESS = /^(python_|process_|go_|http_|promhttp_)/;
const ABOUT_ENGINE_OR_GPU = /^(?:ray_|kserve_)?(?:vllm|sglang|tgi|trtllm|nv_|llamacpp|DCGM)[:_]/;

export function packExtra(known: Record<string, ExtraValue | null | undefined>, unknown: readonly UnknownReading[]) {
  const extra: Record<string, ExtraValue> = Object.create(null) as Record<string, ExtraValue>;
  let room = EXTRA_MAX - 1;
  for (const [key, value] of Object.entries(known)) {
    if (value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value))) continue;
    if (room === 0) break;
    extra[storable(key, KEY_LENGTH)] = typeof value === "string" ? storable(value, TEXT_LENGTH) : value;
    room -= 1;
  }
  const rank = (name: string) => (ABOUT_ENGINE_OR_GPU.test(name) ? 0 : ABOUT_THE_PROCESS.test(name) ? 2 : 1);
  const sorted = unknown.toSorted((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
  let left = 0;
  for (const { name, value } of sorted) {
    const key = storable(name, KEY_LENGTH);
    if (key === "" || key in extra || !Number.isFinite(value)) continue;
    if (room === 0) left += 1;
    else {
      extra[key] = value;
      room -= 1;
    }
  }
  if (left > 0) extra["unknown_left_out"] = left;
  return { ...extra };
}

/** PostgreSQL stores neither NUL nor half of a surrogate pair. */
export const storable = (text: string, length: number): string =>
  text
    .slice(0, length)
    // oxlint-disable-next-line no-control-regex -- NUL is exactly what must not be there
    .replace(/[\u0000\p{Cs}]/gu, "");
