/** What goes into a file: by kind of export, as pieces in order. Every piece is followed by how far it is. */
import { createHash } from "node:crypto";
import type { Ctx } from "@/lib/auth/actor";
import { focusChecker, focusCsvHeader, focusCsvLine, focusParquet, loadFocusMonth } from "@/lib/focus";
import { exportQuery, queryParquet } from "@/lib/metrics";
import { csvStream, eachRequest } from "@/lib/telemetry/requests";
import type { ExportParams, ExportReceipt } from "./schemas";

export interface Product {
  fileName: string;
  contentType: string;
  receipt: ExportReceipt | null;
}

export interface Sink {
  write(data: Uint8Array): Promise<void>;
  progress(done: number, total: number | null): Promise<void>;
}

const TYPE = { csv: "text/csv; charset=utf-8", parquet: "application/vnd.apache.parquet" } as const;
const ROWS_A_PIECE = 2_000;
const BYTES_A_PIECE = 1_000_000;

export async function produce(ctx: Ctx, params: ExportParams, sink: Sink): Promise<Product> {
  switch (params.kind) {
    case "focus":
      return produceFocus(ctx, params, sink);
    case "metrics":
      return produceMetrics(ctx, params, sink);
    case "requests":
      return produceRequests(ctx, params, sink);
  }
}

async function produceFocus(ctx: Ctx, params: Extract<ExportParams, { kind: "focus" }>, sink: Sink): Promise<Product> {
  const { month, version, format } = params;
  const { rows, currency, rate, rateDay, match, missingDays } = await loadFocusMonth(ctx, month, (done, days) =>
    sink.progress(done, days),
  );
  const checker = focusChecker(version);
  for (const row of rows) checker.check(row);
  const hash = createHash("sha256");
  let bytes = 0;
  const write = async (data: Uint8Array) => {
    hash.update(data);
    bytes += data.byteLength;
    for (let at = 0; at < data.byteLength; at += BYTES_A_PIECE) await sink.write(data.subarray(at, at + BYTES_A_PIECE));
  };
  if (format === "parquet") await write(focusParquet(rows, version));
  else {
    const encoder = new TextEncoder();
    await write(encoder.encode(focusCsvHeader(version)));
    for (let at = 0; at < rows.length; at += ROWS_A_PIECE) {
      const piece = rows.slice(at, at + ROWS_A_PIECE);
      await write(encoder.encode(piece.map((row) => focusCsvLine(row, version)).join("")));
      await sink.progress(at + piece.length, rows.length);
    }
  }
  const fileName = `focus-${version}-${month}.${format}`;
  return {
    fileName,
    contentType: TYPE[format],
    receipt: {
      file: fileName,
      sha256: hash.digest("hex"),
      bytes,
      rows: rows.length,
      madeAt: ctx.now.toISOString(),
      currency,
      rate,
      rateDay,
      check: checker.receipt(),
      statement: match,
      missingDays,
    },
  };
}

async function produceMetrics(ctx: Ctx, params: Extract<ExportParams, { kind: "metrics" }>, sink: Sink): Promise<Product> {
  const { query, format } = params;
  if (format === "parquet") {
    const file = await queryParquet(ctx, query);
    for (let at = 0; at < file.byteLength; at += BYTES_A_PIECE) await sink.write(file.subarray(at, at + BYTES_A_PIECE));
  } else await writeStream(await exportQuery(ctx, query), sink);
  return {
    fileName: `headroom-metrics-${ctx.now.toISOString().slice(0, 10)}.${format}`,
    contentType: TYPE[format],
    receipt: null,
  };
}

async function produceRequests(ctx: Ctx, params: Extract<ExportParams, { kind: "requests" }>, sink: Sink): Promise<Product> {
  let done = 0;
  const counted = async function* () {
    for await (const page of eachRequest(ctx, params.filter)) {
      yield page;
      done += page.length;
      await sink.progress(done, null);
    }
  };
  await writeStream(csvStream(counted()), sink);
  return { fileName: `headroom-requests-${ctx.now.toISOString().slice(0, 10)}.csv`, contentType: TYPE.csv, receipt: null };
}

/** Small pieces are put together: a row of the database for each would cost more than what it holds. */
async function writeStream(stream: ReadableStream<Uint8Array>, sink: Sink): Promise<void> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const flush = async () => {
    if (bytes > 0) await sink.write(Buffer.concat(waiting));
    waiting = [];
    bytes = 0;
  };
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) {
    waiting.push(piece);
    bytes += piece.byteLength;
    if (bytes >= BYTES_A_PIECE) await flush();
  }
  await flush();
}
