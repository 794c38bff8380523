/** Prices that are ten times more, or a tenth, of what held before: more often a slip than a contract. Pure. */
import { Decimal } from "@/lib/money";
import { METERS, type Meter } from "@/lib/telemetry/event";
import { compilePlan, type MeterPlan } from "../plan";
import type { PriceRuleDraft } from "../schemas";

export interface Leap {
  meter: Meter | "request";
  wasUsd: string;
  isUsd: string;
}

const FACTOR = 10;

type Priced = Pick<PriceRuleDraft, "state" | "prices">;

/** What each meter costs, with its negotiated discount; free is 0. */
function unitPrices({ state, prices }: Priced): Map<Leap["meter"], Decimal> {
  const plan = compilePlan(prices, []);
  const usd = ({ tiers, modifiers }: MeterPlan) =>
    state === "free"
      ? new Decimal(0)
      : modifiers.reduce((product, { factor }) => product.mul(factor), new Decimal(tiers[0]!.unitPriceUsd));
  const found = new Map<Leap["meter"], Decimal>();
  METERS.forEach((meter, index) => {
    const own = plan.meters[index];
    if (own) found.set(meter, usd(own));
  });
  if (plan.request) found.set("request", usd(plan.request));
  return found;
}

/** A free price that held before is no measure; one that becomes free is a leap. */
export function findLeaps(before: Priced, after: Priced): Leap[] {
  const now = unitPrices(after);
  return [...unitPrices(before)].flatMap(([meter, was]) => {
    const is = after.state === "free" ? new Decimal(0) : now.get(meter);
    if (is === undefined || was.isZero()) return [];
    const leap = is.gte(was.mul(FACTOR)) || is.mul(FACTOR).lte(was);
    return leap ? [{ meter, wasUsd: was.toFixed(), isUsd: is.toFixed() }] : [];
  });
}
