/**
 * Rows in PostgreSQL's binary COPY format, written into one growing buffer. About three times as fast on the server
 * as text, because nothing is parsed. A value that does not fit its type throws RangeError. Format: postgresql.org/docs/current/sql-copy.html, "Binary Format".
 */
const SIGNATURE = Buffer.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]);
/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const EMPTY = Buffer.alloc(0);
const TWO_32 = 4_294_967_296;

/** Buffers of finished streams, to be written again: megabytes a batch would otherwise keep the garbage collector busy. */
const spare: Buffer[] = [];
const MAX_SPARE = 6;
const MAX_SPARE_BYTES = 16 << 20;

export class BinaryRows {
  private buffer: Buffer;
  private view: DataView;
  private at: number;

  constructor(expectedBytes: number) {
    this.buffer = spare.pop() ?? Buffer.allocUnsafeSlow(expectedBytes);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.byteLength);
    this.at = SIGNATURE.copy(this.buffer, 0);
  }

  /** Begin a row. Makes room for its fixed-width fields; each text makes 1 KiB of room after itself. */
  row(columns: number): void {
    this.need(columns * 20 + 16);
    this.view.setInt16(this.at, columns);
    this.at += 2;
  }

  null(): void {
    this.view.setInt32(this.at, -1);
    this.at += 4;
  }

  text(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.bytes(value, 0);
  }

  jsonb(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.bytes(value, 1);
  }

  bool(value: boolean): void {
    this.view.setInt32(this.at, 1);
    this.buffer[this.at + 4] = value ? 1 : 0;
    this.at += 5;
  }

  int4(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    // A DataView would wrap what does not fit, silently.
    if ((value | 0) !== value) throw new RangeError(`${value} does not fit a 32-bit integer.`);
    this.view.setInt32(this.at, 4);
    this.view.setInt32(this.at + 4, value);
    this.at += 8;
  }

  /** A safe integer, without the cost of BigInt. */
  int8(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number.`);
    const high = Math.floor(value / TWO_32);
    this.view.setInt32(this.at, 8);
    this.view.setInt32(this.at + 4, high);
    this.view.setUint32(this.at + 8, value - high * TWO_32);
    this.at += 12;
  }

  bigint(value: bigint | null): void {
    if (value === null) {
      this.null();
      return;
    }
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} does not fit a 64-bit integer.`);
    this.view.setInt32(this.at, 8);
    this.view.setBigInt64(this.at + 4, value);
    this.at += 12;
  }

  float4(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.view.setInt32(this.at, 4);
    this.view.setFloat32(this.at + 4, value);
    this.at += 8;
  }

  float8(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.view.setInt32(this.at, 8);
    this.view.setFloat64(this.at + 4, value);
    this.at += 12;
  }

  /** timestamptz from epoch milliseconds. */
  time(epochMs: number): void {
    this.int8((epochMs - POSTGRES_EPOCH_MS) * 1_000);
  }

  uuid(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.view.setInt32(this.at, 16);
    this.buffer.write(value.replaceAll("-", ""), this.at + 4, "hex");
    this.at += 20;
  }

  /** Hand the memory back, once nobody reads what `finish` returned. */
  release(): void {
    if (spare.length < MAX_SPARE && this.buffer.length <= MAX_SPARE_BYTES) spare.push(this.buffer);
    this.buffer = EMPTY;
  }

  /** The whole stream, trailer included. Nothing must be written afterwards. */
  finish(): Buffer {
    this.need(2);
    this.view.setInt16(this.at, -1);
    return this.buffer.subarray(0, this.at + 2);
  }

  /** Length-prefixed UTF-8. Most text is short ASCII, where a plain loop beats a call into native code. */
  private bytes(value: string, version: 0 | 1): void {
    const length = value.length;
    this.need(length * 3 + 1024);
    const buffer = this.buffer;
    const start = this.at + 4;
    let at = start;
    if (version === 1) buffer[at++] = 1;
    if (length <= 64) {
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 127) break;
        buffer[at++] = code;
      }
      if (i < length) at = start + version + buffer.write(value, start + version, "utf8");
    } else {
      at += buffer.write(value, at, "utf8");
    }
    this.view.setInt32(this.at, at - start);
    this.at = at;
  }

  private need(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
  }
}
