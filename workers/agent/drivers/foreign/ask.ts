/**
 * One HTTP call to a system that is not ours: bounded in time and size, never redirected, and every way to fail is a
 * sentence that names the system, the call and what to check.
 */

export interface System {
  /** As people call it: LiteLLM. */
  name: string;
  timeoutMs: number;
  headers?: Readonly<Record<string, string>>;
  /** What to check when it answers this status. */
  hints?: Readonly<Record<number, string>>;
  /** Never to be seen in an error, wherever it comes from. */
  secrets?: readonly string[];
}

export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  url: URL;
  body?: unknown;
  /** Sent as it is, when its bytes matter (a signature). */
  text?: string;
  headers?: Readonly<Record<string, string>>;
  /** Statuses that are an answer and not an error, beside 2xx. */
  accept?: readonly number[];
  signal?: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** The answer was understood, and it is a no. */
export class AnsweredError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly retryAfterSec: number | null,
    readonly body: string,
  ) {
    super(message);
  }
}

const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;
const SHOWN_OF_AN_ERROR = 200;
const LONGEST_HEALTH_MS = 4_000;

/** For health, which is asked with every sync: waiting long would hold up the conversation with the console. */
export const briefly = (system: System): System => ({ ...system, timeoutMs: Math.min(system.timeoutMs, LONGEST_HEALTH_MS) });

export async function ask(deps: { fetch: typeof fetch }, system: System, call: Call): Promise<Answer> {
  const what = `${call.method} ${call.url.pathname}`;
  const timeout = AbortSignal.timeout(system.timeoutMs);
  const body = call.text ?? (call.body === undefined ? null : JSON.stringify(call.body));
  try {
    const response = await deps.fetch(call.url, {
      method: call.method,
      headers: {
        accept: "application/json",
        "user-agent": "headroom-agent",
        ...(body === null ? {} : { "content-type": "application/json" }),
        ...system.headers,
        ...call.headers,
      },
      body,
      redirect: "manual",
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    });
    if (response.status >= 300 && response.status < 400) {
      throw new AnsweredError(
        `${system.name} answered ${response.status} to ${what}: a redirect is not followed. Put the final address into the agent's file.`,
        response.status,
        null,
        "",
      );
    }
    const text = await readBounded(response, `${system.name} answered more than ${LARGEST_ANSWER_BYTES} bytes to ${what}.`);
    if (!response.ok && !call.accept?.includes(response.status)) throw refusal(system, what, response, text);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (error instanceof AnsweredError || call.signal?.aborted) throw error;
    if (timeout.aborted) {
      throw new Error(`${system.name} did not answer ${what} within ${system.timeoutMs / 1_000} s.`, { cause: error });
    }
    if (!(error instanceof TypeError)) throw error;
    const code = (error.cause as { code?: string } | undefined)?.code ?? error.message;
    throw new Error(`${system.name} cannot be reached at ${call.url.origin} (${code}): check that it runs there.`, {
      cause: error,
    });
  }
}

/** The answer as an object; anything else is said in words. */
export function jsonOf(system: System, call: Call, answer: Answer): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(answer.text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Error(`${system.name} answered ${call.method} ${call.url.pathname} with something that is not a JSON object.`);
}

export function hidden(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (secret === "" ? shown : shown.replaceAll(secret, "…")), text);
}

function refusal(system: System, what: string, response: Response, text: string): AnsweredError {
  const said = hidden(text, system.secrets ?? [])
    .slice(0, SHOWN_OF_AN_ERROR)
    .replaceAll(/\s+/g, " ")
    .trim();
  const hint = system.hints?.[response.status] ?? (said === "" ? "it gave no reason" : said);
  const retryAfter = Number(response.headers.get("retry-after"));
  return new AnsweredError(
    `${system.name} answered ${response.status} to ${what}: ${hint}`,
    response.status,
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
    text,
  );
}

async function readBounded(response: Response, tooLarge: string): Promise<string> {
  if (!response.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error(tooLarge);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
