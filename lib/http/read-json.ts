import type { z } from "zod";
import { AppError } from "./errors";

/** Forms and settings; telemetry has its own door. */
const MAX_BYTES = 256 * 1024;

/** The JSON body of a request, parsed by `schema`. Throws `invalid`, `too_large` or `unsupported_type`. */
export async function readJson<T extends z.ZodType>(request: Request, schema: T): Promise<z.output<T>> {
  // Also keeps cross-site forms out: they cannot send this type.
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new AppError("unsupported_type", "Send JSON, with Content-Type: application/json.");
  }
  const bytes = await readAtMost(request, MAX_BYTES);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new AppError("invalid", "The body is not JSON in UTF-8.");
  }
  return schema.parse(body);
}

async function readAtMost(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Counted while reading: Content-Length may be absent, or a lie.
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) throw new AppError("too_large", `The body is larger than ${limit / 1024} KiB.`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
