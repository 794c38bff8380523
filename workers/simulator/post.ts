/** One POST to the console's public API, the way a careful sender does it: gzip, and patience when told to wait. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

export type PostResult =
  | { kind: "taken"; rejected: number; first: string | null }
  /** Try the same again after this long. */
  | { kind: "wait"; ms: number; why: string };

export interface Sender {
  url: string;
  apiKey: string;
}

/** Pure: how long to wait after an answer, 0 when it was taken. Throws on an answer that a retry cannot mend. */
export function waitAfter(status: number, retryAfter: string | null): number {
  if (status >= 200 && status < 300) return 0;
  const asked = Number(retryAfter) * 1_000;
  if (status === 429 || status === 503)
    return Math.min(60_000, Math.max(500, Number.isFinite(asked) && asked > 0 ? asked : 2_000));
  return 10_000;
}

export async function post(sender: Sender, path: string, body: object): Promise<PostResult> {
  let response: Response;
  try {
    response = await fetch(sender.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${sender.apiKey}`, "content-type": "application/json", "content-encoding": "gzip" },
      body: new Uint8Array(await compress(JSON.stringify(body), { level: 1 })),
      signal: AbortSignal.timeout(60_000),
    });
  } catch (error) {
    return { kind: "wait", ms: 2_000, why: error instanceof Error ? error.message : String(error) };
  }
  const ms = waitAfter(response.status, response.headers.get("retry-after"));
  const text = await response.text().catch(() => "");
  if (ms > 0) return { kind: "wait", ms, why: `${response.status} ${text.slice(0, 300)}` };
  const answer = parse(text) as { rejected?: number; items?: { message?: string | null }[] };
  return { kind: "taken", rejected: answer.rejected ?? 0, first: answer.items?.[0]?.message ?? null };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return {};
  }
}
