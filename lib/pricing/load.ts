import type { Db } from "@/lib/db";
import { buildPriceBook, type PriceBook } from "./book";
import { priceRuleVersion, readActiveRules } from "./store";

interface Cached {
  book: PriceBook;
  checkedAtMs: number;
  /** A check on its way: those who come meanwhile wait for it instead of asking again. */
  pending: Promise<PriceBook> | null;
}

const cache = new WeakMap<object, Cached>();
const CHECK_EVERY_MS = 3_000;

/**
 * The compiled price book of this database. Kept in memory; every few seconds one small query asks whether a rule
 * was added or superseded, and only then it is read again. `maxAgeMs: 0` asks now.
 */
export async function loadPriceBook(db: Pick<Db, "pool">, options: { maxAgeMs?: number } = {}): Promise<PriceBook> {
  const cached = cache.get(db.pool);
  if (cached && performance.now() - cached.checkedAtMs < (options.maxAgeMs ?? CHECK_EVERY_MS)) return cached.book;
  if (cached?.pending) return cached.pending;
  const pending = refresh(db, cached?.book).then(
    (book) => {
      cache.set(db.pool, { book, checkedAtMs: performance.now(), pending: null });
      return book;
    },
    (error: unknown) => {
      if (cached) cached.pending = null;
      throw error;
    },
  );
  if (cached) cached.pending = pending;
  return pending;
}

async function refresh(db: Pick<Db, "pool">, known: PriceBook | undefined): Promise<PriceBook> {
  const version = await priceRuleVersion(db);
  if (known?.version === version) return known;
  return buildPriceBook(await readActiveRules(db), version);
}
