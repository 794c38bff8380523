/** One GET of a metrics page, bounded in time and size. */

const PAGE_MAX_BYTES = 16 * 1024 * 1024;

export interface ScrapeRequest {
  url: string;
  bearerToken?: string | undefined;
}

/** Throws with what went wrong, without the address: it may hold a secret. */
export async function scrapePage(request: ScrapeRequest, deps: { fetch: typeof fetch; signal: AbortSignal }): Promise<string> {
  const response = await deps.fetch(request.url, {
    headers: {
      accept: "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.8,*/*;q=0.1",
      ...(request.bearerToken ? { authorization: `Bearer ${request.bearerToken}` } : {}),
    },
    // A redirect could carry the token elsewhere.
    redirect: "error",
    signal: deps.signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`it answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > PAGE_MAX_BYTES) throw new Error(`its page is larger than ${PAGE_MAX_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
