/** Calls on one time axis: where each bar begins, how long it is, and what it was made of. Pure. */
import type { ActionEvent } from "@/lib/telemetry/requests";

export interface WaterfallBar {
  event: ActionEvent;
  /** Milliseconds after the first call began. */
  startMs: number;
  /** Null when the sender did not measure it: drawn as a mark, not as a bar. */
  durationMs: number | null;
  /** Fractions of the axis, 0..1. */
  left: number;
  width: number;
  /** Fraction of the bar until the first token; null when it is not known. */
  untilFirstToken: number | null;
}

export interface Waterfall {
  bars: WaterfallBar[];
  /** Length of the axis. */
  totalMs: number;
}

export function prepareWaterfall(events: readonly ActionEvent[]): Waterfall {
  if (events.length === 0) return { bars: [], totalMs: 0 };
  const starts = events.map((event) => Date.parse(event.occurredAt));
  const first = Math.min(...starts);
  const totalMs = Math.max(1, ...events.map((event, index) => starts[index]! - first + (event.latencyMs ?? 0)));
  const bars = events.map((event, index) => {
    const startMs = starts[index]! - first;
    const duration = event.latencyMs;
    return {
      event,
      startMs,
      durationMs: duration,
      left: startMs / totalMs,
      width: (duration ?? 0) / totalMs,
      untilFirstToken: event.ttftMs !== null && duration !== null && duration > 0 ? Math.min(1, event.ttftMs / duration) : null,
    };
  });
  return { bars, totalMs };
}
