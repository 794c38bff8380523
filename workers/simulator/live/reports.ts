/** Usage and outcomes that an application's SDK knows, sent to the console when they are known, again until it takes them. */
import type { Logger } from "@/lib/log";
import type { NativeEvent } from "@/lib/telemetry";
import type { WireOutcome } from "../generate";
import { post, type Sender } from "../post";

const FLUSH_MS = 3_000;
const BATCH = 500;
/** The console away for long: the oldest go first. */
const MOST_KEPT = 5_000;

export class Reports {
  private readonly queues = {
    usage: {
      path: "/api/v1/usage",
      field: "events",
      due: [] as { dueMs: number; item: NativeEvent | WireOutcome }[],
      notBeforeMs: 0,
    },
    outcomes: {
      path: "/api/v1/outcomes",
      field: "outcomes",
      due: [] as { dueMs: number; item: NativeEvent | WireOutcome }[],
      notBeforeMs: 0,
    },
  };
  private timer: NodeJS.Timeout;
  private flushing = false;

  constructor(
    private readonly sender: Sender,
    private readonly log: Pick<Logger, "warn" | "error">,
    flushMs = FLUSH_MS,
  ) {
    this.timer = setInterval(() => void this.flush(Date.now()), flushMs);
  }

  usage(dueMs: number, event: NativeEvent): void {
    this.queues.usage.due.push({ dueMs, item: event });
  }

  outcome(dueMs: number, outcome: WireOutcome): void {
    this.queues.outcomes.due.push({ dueMs, item: outcome });
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async flush(nowMs: number): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    for (const queue of Object.values(this.queues)) {
      if (nowMs < queue.notBeforeMs) continue;
      const ready = queue.due.filter(({ dueMs }) => dueMs <= nowMs).slice(0, BATCH);
      if (ready.length === 0) continue;
      const result = await post(this.sender, queue.path, { [queue.field]: ready.map(({ item }) => item) });
      if (result.kind === "wait") {
        this.log.warn(
          { path: queue.path, why: result.why, waitMs: result.ms },
          "the console does not take demo reports at the moment",
        );
        queue.notBeforeMs = nowMs + result.ms;
        queue.due.splice(0, Math.max(0, queue.due.length - MOST_KEPT));
        continue;
      }
      if (result.rejected > 0) this.log.error({ path: queue.path, first: result.first }, "demo reports were rejected");
      const sent = new Set(ready);
      queue.due = queue.due.filter((one) => !sent.has(one));
    }
    this.flushing = false;
  }
}
