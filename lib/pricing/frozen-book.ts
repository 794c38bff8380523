import type { Db } from "@/lib/db";
import { buildPriceBook, type PriceBook } from "./book";
import { RULE_COLUMNS, toRule, type RuleRow } from "./store";

/** The prices as they were known at a moment: what was written or superseded since changes nothing in it. */
export async function frozenPriceBook(db: Pick<Db, "pool">, at: Date): Promise<PriceBook> {
  const { rows } = await db.pool.query<RuleRow>(
    `select ${RULE_COLUMNS} from price_rule where created_at <= $1 and (superseded_at is null or superseded_at > $1) order by id`,
    [at],
  );
  return buildPriceBook(rows.map(toRule), `frozen at ${at.toISOString()}`);
}
