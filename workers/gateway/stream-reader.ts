/**
 * Server-sent events on their way through: whole events go on at once, only the tail of an unfinished one is kept. On the
 * way it reads the usage, and takes out the usage event when the client did not ask for one (the gateway did).
 */
const LARGEST_EVENT_BYTES = 1024 * 1024;

export class StreamReader {
  private pending: Buffer = Buffer.alloc(0);
  usage: Record<string, unknown> | null = null;
  /** Events with a choice: about one per token. */
  deltas = 0;
  /** The upstream said in the stream that it failed: some do, after they answered 200. */
  failed = false;
  /** `data: [DONE]` came: the answer is complete. */
  done = false;

  constructor(
    private readonly keepUsageEvent: boolean,
    /** Whoever wants every event; then each one is parsed. */
    private readonly onEvent: ((event: Record<string, unknown>) => void) | null = null,
  ) {}

  /** What is to be sent on now. */
  push(chunk: Buffer): Buffer {
    const data = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const kept: Buffer[] = [];
    let start = 0;
    for (let end = eventEnd(data, start); end >= 0; end = eventEnd(data, start)) {
      const event = data.subarray(start, end);
      if (this.read(event)) kept.push(event);
      start = end;
    }
    this.pending = data.subarray(start);
    // Not a stream of events: let it through rather than hold it.
    if (this.pending.length > LARGEST_EVENT_BYTES) kept.push(this.flush());
    return kept.length === 1 ? kept[0]! : Buffer.concat(kept);
  }

  /** The upstream ended: a last event without its empty line. */
  flush(): Buffer {
    const rest = this.pending;
    this.pending = Buffer.alloc(0);
    return rest.length > 0 && this.read(rest) ? rest : Buffer.alloc(0);
  }

  /** False: this event is not for the client. */
  private read(event: Buffer): boolean {
    if (event.includes("[DONE]") && /^data:\s*\[DONE\]\s*$/m.test(event.toString("utf8"))) {
      this.done = true;
      return true;
    }
    if (event.includes('"delta"')) this.deltas += 1;
    const mayFail = event.includes('"error"');
    if (!this.onEvent && !mayFail && !event.includes('"usage"')) return true;
    const json = dataOf(event);
    if (mayFail && isError(json)) this.failed = true;
    if (json) this.onEvent?.(json);
    const usage = json?.["usage"];
    if (typeof usage !== "object" || usage === null || Array.isArray(usage)) return true;
    this.usage = usage as Record<string, unknown>;
    const choices = json!["choices"];
    return this.keepUsageEvent || !(Array.isArray(choices) && choices.length === 0);
  }
}

/** Behind the empty line that ends the event, or -1. */
function eventEnd(data: Buffer, from: number): number {
  const unix = data.indexOf("\n\n", from);
  const dos = data.indexOf("\r\n\r\n", from);
  if (unix < 0 && dos < 0) return -1;
  return dos >= 0 && (unix < 0 || dos < unix) ? dos + 4 : unix + 2;
}

const isError = (json: Record<string, unknown> | null) =>
  typeof json?.["error"] === "object" && json["error"] !== null && json["choices"] === undefined;

function dataOf(event: Buffer): Record<string, unknown> | null {
  const lines = event
    .toString("utf8")
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"));
  try {
    return JSON.parse(lines.map((line) => line.slice(5)).join("\n")) as Record<string, unknown>;
  } catch {
    return null;
  }
}
