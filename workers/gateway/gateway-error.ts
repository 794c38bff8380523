/** Every refusal a client sees has OpenAI's shape, so that unmodified SDKs raise their own error classes. */

export class GatewayError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterSec: number | null = null,
    /** The upstream's own words, when they are in OpenAI's shape: passed on as they came. */
    readonly upstreamBody: Buffer | null = null,
  ) {
    super(message);
  }
}

export function errorBody(error: GatewayError): string | Buffer {
  if (error.upstreamBody) return error.upstreamBody;
  return JSON.stringify({ error: { message: error.message, type: typeOf(error.status), param: null, code: error.code } });
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "api_error";
}
