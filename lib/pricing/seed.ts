import type { Db } from "@/lib/db";
import { baseBookSource, readBaseBook } from "./base-book";
import { DEFAULT_GPU_RATES } from "./gpu-rates";
import { addMissingGpuRates, replaceBaseBook } from "./store";

/**
 * Bring the base book and the default GPU rates into the database. Safe to call at every start: the same package
 * version writes nothing, a new one supersedes the old rules (kept, so that old events stay explained).
 */
export async function seedBasePriceBook(
  db: Pick<Db, "pool">,
  now: Date,
): Promise<{ inserted: number; superseded: number; gpuRates: number }> {
  const source = baseBookSource();
  const book = await replaceBaseBook(db, source, () => readBaseBook(source), now);
  return { ...book, gpuRates: await addMissingGpuRates(db, DEFAULT_GPU_RATES) };
}
