import { AppError } from "./errors";

/** The body of a request as text, piece by piece, so that a file is read while it arrives. Throws `too_large` and `invalid`. */
export async function* readUpload(request: Pick<Request, "body">, limitBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let size = 0;
  try {
    for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > limitBytes)
        throw new AppError("too_large", `The file is larger than ${Math.round(limitBytes / 1024 / 1024)} MiB.`);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new AppError("invalid", "The file is not text in UTF-8. Save it as CSV UTF-8 or JSON.");
    throw error;
  }
}
