import { Decimal, type DecimalValue } from "@/lib/money";

/**
 * The one comparison of everything that watches a number: a threshold is reached from `>=` on, so that 80 % of a budget
 * is reached at exactly 80 %, and a rule at 5 % fires at exactly 5 %. Decimal text and numbers, compared without a float.
 */
export function reaches(value: DecimalValue, threshold: DecimalValue): boolean {
  return new Decimal(value).gte(threshold);
}
