import type { Problem } from "@/lib/http/problem";

/** A refusal of the API, as people should read it: what is wrong, and the id to quote. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    message: string,
    readonly status: number,
    readonly requestId?: string,
    readonly code?: Problem["code"],
    readonly problem?: Problem,
  ) {
    super(message);
  }
}

/** Ask the API. Problem JSON and a lost network both become an ApiError. */
export async function callApi<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: "application/json", ...init?.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("Headroom cannot be reached. Check your connection; this retries by itself.", 0);
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  throw await asApiError(response);
}

async function asApiError(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  try {
    const problem = (await response.json()) as Problem;
    return new ApiError(problem.detail || problem.title, response.status, problem.requestId ?? requestId, problem.code, problem);
  } catch {
    return new ApiError(`The server answered ${response.status}.`, response.status, requestId);
  }
}

/** Is trying again by itself of any use? */
export function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502);
}
