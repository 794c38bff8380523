/** How a campaign stands: against its target, and where a straight line through its weeks leads. Pure. */
import { Decimal } from "@/lib/money";

export interface CampaignPoint {
  /** Start of the week. */
  at: string;
  /** Decimal text; null: nothing was measured. */
  value: string | null;
}

export interface CampaignFacts {
  startValue: string;
  targetValue: string;
  startsAt: Date;
  endsAt: Date;
  /** Whole weeks, oldest first. */
  weeks: readonly CampaignPoint[];
  now: Date;
}

export interface CampaignVerdict {
  standing: "reached" | "on_course" | "behind" | "missed" | "no_data";
  /** Newest measured week. */
  current: string | null;
  /** (current − target) ÷ target, as a fraction; positive: above it. */
  aboveTarget: string | null;
  /** Of the way from start to target, as a fraction. */
  progress: string | null;
  /** Where the line through the weeks is at the end; null: too few weeks. */
  forecast: string | null;
  words: string;
}

/** A target below the start is to be come down to, one above it to be climbed to. */
export function judgeCampaign({ startValue, targetValue, startsAt, endsAt, weeks, now }: CampaignFacts): CampaignVerdict {
  const [start, target] = [new Decimal(startValue), new Decimal(targetValue)];
  const measured = weeks.flatMap(({ at, value }) => (value === null ? [] : [{ at: Date.parse(at), value: new Decimal(value) }]));
  const current = measured.at(-1)?.value ?? null;
  if (current === null) {
    return {
      standing: "no_data",
      current: null,
      aboveTarget: null,
      progress: null,
      forecast: null,
      words: "No week is measured yet.",
    };
  }
  const down = target.lte(start);
  const meets = (value: Decimal) => (down ? value.lte(target) : value.gte(target));
  const above = target.isZero() ? null : current.sub(target).div(target);
  const way = start.sub(target);
  const progress = way.isZero() ? new Decimal(meets(current) ? 1 : 0) : start.sub(current).div(way);
  const forecast = lineAt(measured, endsAt.getTime());
  const ended = now >= endsAt;
  const standing = meets(current)
    ? "reached"
    : ended
      ? "missed"
      : forecast === null
        ? progress.gte(elapsedShare(startsAt, endsAt, now))
          ? "on_course"
          : "behind"
        : meets(forecast)
          ? "on_course"
          : "behind";
  return {
    standing,
    current: current.toFixed(),
    aboveTarget: above?.toFixed() ?? null,
    progress: progress.toFixed(),
    forecast: forecast?.toFixed() ?? null,
    words: inWords(meets(current), above),
  };
}

function inWords(reached: boolean, above: Decimal | null): string {
  if (above === null) return reached ? "At the target." : "Not at the target.";
  if (above.isZero()) return "Exactly at the target.";
  const percent = above.abs().mul(100).toDecimalPlaces(1).toFixed();
  return `${percent} % ${above.isPos() ? "above" : "below"} the target${reached ? ": reached." : "."}`;
}

function elapsedShare(from: Date, to: Date, now: Date): Decimal {
  const length = to.getTime() - from.getTime();
  return new Decimal(Math.min(Math.max(now.getTime() - from.getTime(), 0), length)).div(length);
}

/** Least squares through at least three weeks; null before that. */
function lineAt(points: readonly { at: number; value: Decimal }[], at: number): Decimal | null {
  if (points.length < 3) return null;
  const n = points.length;
  const meanX = points.reduce((sum, point) => sum.add(point.at), new Decimal(0)).div(n);
  const meanY = points.reduce((sum, point) => sum.add(point.value), new Decimal(0)).div(n);
  const top = points.reduce((sum, { at: x, value }) => sum.add(new Decimal(x).sub(meanX).mul(value.sub(meanY))), new Decimal(0));
  const bottom = points.reduce((sum, { at: x }) => sum.add(new Decimal(x).sub(meanX).pow(2)), new Decimal(0));
  if (bottom.isZero()) return null;
  const value = meanY.add(top.div(bottom).mul(new Decimal(at).sub(meanX)));
  return Decimal.max(value, 0);
}
