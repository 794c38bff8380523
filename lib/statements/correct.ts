/** A locked statement and what is known now → its restatement: the old lines as they were, and a correction for each difference. */
import { minorToText, nanoToUsd, toNanoUsd } from "@/lib/money";
import type { StatementContent, StatementLine } from "./schemas";

/** An amount as text in smallest units: "47435.29" → 4743529n. */
export function minorOf(amount: string): bigint {
  return BigInt(amount.replace(".", ""));
}

interface Sum {
  nano: bigint;
  minor: bigint;
  line: StatementLine;
}

function sumByKey(lines: readonly StatementLine[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const line of lines) {
    const known = sums.get(line.key) ?? { nano: 0n, minor: 0n, line };
    known.nano += toNanoUsd(line.exactUsd);
    known.minor += minorOf(line.amount);
    sums.set(line.key, known);
  }
  return sums;
}

/**
 * Null when nothing differs. Both must be in one currency, at one rate: a locked statement keeps its rate. A cent that only
 * moved because amounts of others are rounded together with these is no correction.
 */
export function correctStatement(locked: StatementContent, live: StatementContent): StatementContent | null {
  const before = sumByKey(locked.lines);
  const after = sumByKey(live.lines);
  const corrections: StatementLine[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(key);
    const is = after.get(key);
    const nano = (is?.nano ?? 0n) - (was?.nano ?? 0n);
    const minor = (is?.minor ?? 0n) - (was?.minor ?? 0n);
    if (nano === 0n) continue;
    const { line } = (is ?? was)!;
    corrections.push({ ...line, exactUsd: nanoToUsd(nano), amount: minorToText(minor, locked.digits), correction: true });
  }
  if (corrections.length === 0) return null;
  const lines = [...locked.lines, ...corrections];
  const total = lines.reduce((sum, { amount }) => sum + minorOf(amount), 0n);
  return { ...locked, lines, exactUsd: live.exactUsd, total: minorToText(total, locked.digits) };
}
