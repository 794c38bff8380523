/**
 * A small model that suddenly hands more of its requests on: drift of prompts, of the model or of its rule. Pure.
 *
 * Escalated: a request in which an earlier call succeeded and another one was made all the same (a call that failed was tried
 * again, which is something else). The newest day is held against the days before it, by route.
 */
import { DAY_MS } from "@/lib/time";
import type { AdvisorInput, SampleEvent } from "../detectors/input";
import { exploreLink, groupBy, percent } from "../detectors/looking";
import type { Pattern } from "./patterns";

const FEWEST_NOW = 100;
const FEWEST_BEFORE = 300;
/** Before it there was no escalation to speak of: a cascade that has just begun is a change, not drift. */
const FEWEST_ESCALATED = 10;
const MORE = 1.5;
const POINTS = 0.03;
/** One-sided, 0.05 %: routes are looked at every day. */
const Z = 3.29;

export function escalationJumps({ sample }: AdvisorInput): Pattern[] {
  const routed = sample.events.filter((event) => event.route !== null);
  return [...groupBy(routed, ({ route }) => route!)].flatMap(([route, events]): Pattern[] => {
    const requests = [...groupBy(events, ({ requestId }) => requestId).values()];
    const since = sample.to - DAY_MS;
    const [now, before] = [true, false].map((newest) =>
      shareOf(requests.filter(([first]) => first!.occurredAt >= since === newest)),
    );
    if (!now || !before || !jumped(before, now)) return [];
    const share = ({ escalated, all }: Share) => escalated / all;
    return [
      {
        id: "escalation_jump",
        subject: route,
        statement: `The small model of ${route} handed ${percent(share(now))} of its requests on in the newest day, ${percent(share(before))} in the days before. Each of them is paid for twice.`,
        todo: "Look for a changed prompt, model or escalation rule; what the small model saves is spent on the large one.",
        link: exploreLink("Calls by model in Explore", "attempts,requests,cost_usd", "modelServed", { route }, "line"),
        tenants: [...new Set(events.map(({ tenant }) => tenant))].sort(),
      },
    ];
  });
}

interface Share {
  escalated: number;
  all: number;
}

const shareOf = (requests: readonly (readonly SampleEvent[])[]): Share => ({
  escalated: requests.filter(
    (calls) => calls.length > 1 && calls.some(({ status, final, cacheHit }) => status === "success" && !final && !cacheHit),
  ).length,
  all: requests.length,
});

/** Surely more, and by so much that it matters: difference of two shares by its normal approximation. */
function jumped(before: Share, now: Share): boolean {
  if (now.all < FEWEST_NOW || before.all < FEWEST_BEFORE || before.escalated < FEWEST_ESCALATED) return false;
  const [a, b] = [before.escalated / before.all, now.escalated / now.all];
  const error = Math.sqrt((a * (1 - a)) / before.all + (b * (1 - b)) / now.all);
  return b >= MORE * a && b - a >= POINTS && b - a > Z * error;
}
