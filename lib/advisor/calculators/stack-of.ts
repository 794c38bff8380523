/** Levers of whole percents on a bill of dollars, by the one overlap model (../overlap). */
import { Decimal, nanoToUsd, toNanoUsd } from "@/lib/money";
import { stackLevers } from "../overlap";

export interface Stack {
  /** Dollars left after each lever, in their order. */
  left: Decimal[];
  /** Dollars that each lever owns. */
  saved: Decimal[];
}

/** `levers`: name and percent of what is left that it saves. */
export function stackOf(billUsd: Decimal, levers: readonly (readonly [id: string, percent: Decimal])[]): Stack {
  const spend = toNanoUsd(billUsd.toFixed());
  const laid = stackLevers(
    spend,
    levers.map(([id, percent]) => ({ id, share: 1, saving: percent.div(100).toNumber() })),
  );
  let left = spend;
  const stack: Stack = { left: [], saved: [] };
  for (const { savedNanoUsd } of laid.levers) {
    left -= savedNanoUsd;
    stack.left.push(new Decimal(nanoToUsd(left)));
    stack.saved.push(new Decimal(nanoToUsd(savedNanoUsd)));
  }
  return stack;
}
