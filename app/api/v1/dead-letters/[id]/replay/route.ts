import { route } from "@/lib/auth/route";
import { AppError } from "@/lib/http";
import { ingestQueue, readBody, replayDeadLetter } from "@/lib/telemetry";

export const dynamic = "force-dynamic";

const LIMIT_BYTES = 64 * 1024;

/** Send one dead letter again. Body: nothing, or `{"payload": …}` with the edited payload. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  const text = (await readBody(request, LIMIT_BYTES)).toString("utf8").trim();
  return replayDeadLetter(ctx, ingestQueue(), { id: params.id, ...(text === "" ? {} : editedOf(text)) });
});

function editedOf(text: string): { payload?: unknown } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new AppError("invalid", 'The body must be JSON: {"payload": …}, or empty.');
  }
  if (body === null || typeof body !== "object") throw new AppError("invalid", 'The body must be {"payload": …}, or empty.');
  return "payload" in body && body.payload !== null ? { payload: body.payload } : {};
}
