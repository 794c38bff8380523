/**
 * Telemetry on disk until the console has it: shared by the gateway (events) and the agent (samples of a node). An item
 * is written (not fsynced) when append returns: it survives kill -9 of the sender, not a power cut. Segments are
 * append-only; only the newest is written to, and a segment goes away only when the console has taken it.
 *
 *   append → open segment ──(full, or the sender asks)──→ sealed ──(delivered)──→ deleted
 */
import fs from "node:fs";
import path from "node:path";

/** One segment is one delivery: below the console's 1,000 items and 4 MiB. */
const SEGMENT_ITEMS = 900;
const SEGMENT_BYTES = 2 * 1024 * 1024;

export interface Segment {
  file: string;
  bytes: number;
  lines: string[];
}

export class Spool<Item extends object = object> {
  private open: { descriptor: number; file: string; items: number; bytes: number } | null = null;
  private sealed: string[];
  private next: number;
  private held: number;
  /** Items that were not kept, because the spool is full or the disk refuses. */
  dropped = 0;
  /** Called when a segment is full, so that the sender need not wait for its timer. */
  onSealed: () => void = () => undefined;

  constructor(
    private readonly dir: string,
    private readonly limitBytes: number,
  ) {
    fs.mkdirSync(dir, { recursive: true });
    this.sealed = fs
      .readdirSync(dir)
      .filter((name) => /^\d{12}\.ndjson$/.test(name))
      .sort()
      .map((name) => path.join(dir, name));
    const last = this.sealed.at(-1);
    this.next = last ? Number(path.basename(last, ".ndjson")) + 1 : 1;
    this.held = this.sealed.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  }

  get bytes(): number {
    return this.held;
  }

  append(item: Item): void {
    const line = Buffer.from(`${JSON.stringify(item)}\n`);
    if (this.held + line.length > this.limitBytes) {
      this.dropped += 1;
      return;
    }
    try {
      const segment = (this.open ??= this.openNext());
      fs.writeSync(segment.descriptor, line);
      segment.items += 1;
      segment.bytes += line.length;
      this.held += line.length;
      if (segment.items >= SEGMENT_ITEMS || segment.bytes >= SEGMENT_BYTES) {
        this.seal();
        this.onSealed();
      }
    } catch {
      // A full disk costs telemetry, never an answer. Half a line may be there: the next item begins a new segment.
      this.dropped += 1;
      this.seal();
    }
  }

  /** The oldest items that are still here, sealing the open segment when there is nothing older; null = nothing. */
  async oldest(): Promise<Segment | null> {
    if (this.sealed.length === 0) this.seal();
    const file = this.sealed[0];
    if (file === undefined) return null;
    const written = await fs.promises.readFile(file);
    const text = written.toString("utf8");
    // Killed while it wrote: the last line has no end and no answer was finished with it.
    return {
      file,
      bytes: written.length,
      lines: text
        .slice(0, text.lastIndexOf("\n") + 1)
        .split("\n")
        .filter((line) => line !== ""),
    };
  }

  delivered(segment: Segment): void {
    this.forget(segment);
    fs.rmSync(segment.file, { force: true });
  }

  /** The console will never take it: kept aside for a person. */
  setAside(segment: Segment): void {
    this.forget(segment);
    fs.renameSync(segment.file, `${segment.file}.refused`);
  }

  close(): void {
    this.seal();
  }

  private forget({ file, bytes }: Segment): void {
    this.sealed = this.sealed.filter((name) => name !== file);
    // A line that the disk took only half of was never counted.
    this.held = Math.max(0, this.held - bytes);
  }

  private openNext(): NonNullable<Spool["open"]> {
    const file = path.join(this.dir, `${String(this.next).padStart(12, "0")}.ndjson`);
    this.next += 1;
    return { descriptor: fs.openSync(file, "ax"), file, items: 0, bytes: 0 };
  }

  private seal(): void {
    if (!this.open) return;
    const { descriptor, file } = this.open;
    this.open = null;
    this.sealed.push(file);
    try {
      fs.closeSync(descriptor);
    } catch {
      // Already written; a failing close changes nothing for the reader.
    }
  }
}
