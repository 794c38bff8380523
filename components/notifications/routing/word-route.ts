/** Routes, schedules and inhibition in words. Pure. */
import { formatMs } from "@/components/format";
import type { ChannelView } from "@/lib/notifications/channels/schemas";
import type { EscalationStep, Inhibition, MuteSchedule, Route } from "@/lib/notifications/routing/schemas";
import { wordChannels, wordMatcher } from "../words";

export const DAY_LABELS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

export const wordEscalation = (steps: readonly EscalationStep[], channels: readonly ChannelView[]): string =>
  steps
    .map((step) => `after ${step.afterMinutes} min without acknowledgement ${wordChannels(step.channels, channels)}`)
    .join(", ");

/** What a route says itself, each a sentence part. */
export function wordOwn(
  route: Omit<Route, "id" | "name" | "matchers" | "continue" | "routes">,
  channels: readonly ChannelView[],
): string {
  const time = (label: string, sec: number | undefined) => (sec === undefined ? [] : [`${label} ${formatMs(sec * 1_000)}`]);
  return [
    route.channels ? wordChannels(route.channels, channels) : "Channels of the route above",
    ...(route.escalation?.length ? [wordEscalation(route.escalation, channels)] : []),
    ...(route.mute?.length ? [`muted by ${route.mute.join(", ")}`] : []),
    ...time("waits for others", route.groupWaitSec),
    ...time("between two messages", route.groupIntervalSec),
    ...(route.repeatIntervalSec === 0 ? ["said once"] : time("said again after", route.repeatIntervalSec)),
    ...(route.groupBy ? [`one message for each ${route.groupBy.join(" and ")}`] : []),
  ].join("; ");
}

/** "Mon–Fri 22:00–07:00" */
export function wordWindows({ windows, dates }: Pick<MuteSchedule, "windows" | "dates">): string {
  const times = windows.map(({ days, from, to }) => `${wordDays(days)} ${from}–${to}`);
  return [...times, ...(dates.length > 0 ? [dates.join(", ")] : [])].join("; ") || "No time yet: it mutes nothing";
}

function wordDays(days: readonly number[]): string {
  const sorted = [...new Set(days)].toSorted((a, b) => a - b);
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  if (sorted.length === 7) return "Every day";
  if (sorted.length > 2 && last - first === sorted.length - 1) return `${DAY_LABELS[first - 1]}–${DAY_LABELS[last - 1]}`;
  return sorted.map((day) => DAY_LABELS[day - 1]).join(", ");
}

export const wordInhibition = ({ source, target, equal }: Inhibition): string =>
  `While ${source.map(wordMatcher).join(" and ")} is open, ${target.map(wordMatcher).join(" and ")} is not told${
    equal.length > 0 ? ` when both have the same ${equal.join(" and ")}` : ""
  }.`;
