/** How busy a GPU was: over its life for energy, and over the last 30 seconds, which is how dcgm-exporter reads it. */
const WINDOW_MS = 30_000;

export class BusyWindow {
  private spans: { fromMs: number; toMs: number }[] = [];
  private totalMs = 0;

  constructor(private readonly startedMs: number) {}

  add(fromMs: number, toMs: number): void {
    this.totalMs += toMs - fromMs;
    const last = this.spans.at(-1);
    // Steps follow each other without a gap: one span.
    if (last && fromMs - last.toMs < 1) last.toMs = toMs;
    else this.spans.push({ fromMs, toMs });
    this.spans = this.spans.filter((span) => span.toMs > toMs - WINDOW_MS);
  }

  /** Share of the last 30 seconds, or of the time since the start when that is shorter. */
  share(nowMs: number): number {
    const from = Math.max(this.startedMs, nowMs - WINDOW_MS);
    if (nowMs <= from) return 0;
    const busy = this.spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, nowMs) - Math.max(span.fromMs, from)), 0);
    return Math.min(1, busy / (nowMs - from));
  }

  /** Joules since the start: idle power all the time, the rest while busy. */
  joules(nowMs: number, idleWatts: number, busyWatts: number): number {
    return ((nowMs - this.startedMs) * idleWatts + this.totalMs * (busyWatts - idleWatts)) / 1_000;
  }
}
