import type { Meters } from "./event";

/** The meters of a row of `telemetry.event`, as the database gives them. */
interface StoredMeters {
  input: bigint;
  cache_read: bigint;
  cache_write_5m: bigint;
  cache_write_1h: bigint;
  output: bigint;
  audio_in: bigint;
  audio_out: bigint;
  image: bigint;
  reasoning: bigint;
}

export const metersOf = (row: StoredMeters): Meters => ({
  input: Number(row.input),
  cacheRead: Number(row.cache_read),
  cacheWrite5m: Number(row.cache_write_5m),
  cacheWrite1h: Number(row.cache_write_1h),
  output: Number(row.output),
  audioIn: Number(row.audio_in),
  audioOut: Number(row.audio_out),
  image: Number(row.image),
  reasoning: Number(row.reasoning),
});
