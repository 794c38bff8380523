/**
 * Request body → bytes, within a limit that holds before and after decompression. Inflating stops at the limit, so a
 * gzip bomb costs no more memory than an honest body. Shared by every door that takes telemetry.
 */
import { Readable } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { AppError } from "@/lib/http";

export async function readBody(request: Request, limitBytes: number): Promise<Buffer> {
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip" && encoding !== "deflate" && encoding !== "") {
    throw new AppError("unsupported_type", `Content-Encoding "${encoding}" is not supported. Send gzip, deflate or no encoding.`);
  }
  const stated = Number(request.headers.get("content-length"));
  if (Number.isFinite(stated) && stated > limitBytes) throw tooLarge(limitBytes);
  if (!request.body) return Buffer.alloc(0);
  if (encoding === "identity" || encoding === "") return collect(chunksOf(request.body), limitBytes);

  const inflate = encoding === "gzip" ? createGunzip() : createInflate();
  const source = Readable.from(withinLimit(chunksOf(request.body), limitBytes));
  source.on("error", (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    return await collect(inflate, limitBytes);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("invalid", `The body is not valid ${encoding}, though Content-Encoding says so.`);
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function* withinLimit(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.byteLength;
    if (total > limitBytes) throw tooLarge(limitBytes);
    yield chunk;
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of withinLimit(chunks, limitBytes)) parts.push(chunk);
  return Buffer.concat(parts);
}

function tooLarge(limitBytes: number): AppError {
  const limit = `${(limitBytes / 1024 / 1024).toFixed(0)} MiB`;
  return new AppError("too_large", `The body is larger than ${limit}, before or after decompression. Send smaller batches.`);
}
