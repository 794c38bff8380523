/** Send a letter again, and find out what became of it. */
import { callApi } from "@/components/query/api-error";
import type { DeadLetterPage, DeadLetterView } from "@/lib/telemetry/list-dead-letters";
import type { ReplayResult } from "@/lib/telemetry/replay-dead-letter";
import type { RequestPage } from "@/lib/telemetry/requests/schemas";

/** `payload` absent: as it was kept. */
export function replayLetter(id: string, edited: { payload: unknown } | undefined): Promise<ReplayResult> {
  return callApi<ReplayResult>(`/api/v1/dead-letters/${id}/replay`, {
    method: "POST",
    ...(edited ? { headers: { "content-type": "application/json" }, body: JSON.stringify(edited) } : {}),
  });
}

export interface Outcome {
  kind: "success" | "error";
  message: string;
}

const LOOK_EVERY_MS = 700;
const LOOK_TIMES = 20;

/** The worker stores a moment after the queue took the event: look until it is there, or came back as a letter. */
export async function outcomeOf(letter: DeadLetterView, result: ReplayResult): Promise<Outcome> {
  const { status, eventId } = result;
  if (status === "already_replayed") return { kind: "success", message: "Replayed before; nothing was sent again." };
  if (status === "duplicate") {
    return { kind: "success", message: `Duplicate: event ${eventId} is stored already with this content, so nothing was sent.` };
  }
  if (eventId === null) return { kind: "success", message: "Sent to the queue again." };
  for (let look = 0; look < LOOK_TIMES; look++) {
    const [stored, letters] = await Promise.all([
      callApi<RequestPage>(`/api/v1/requests?${new URLSearchParams({ q: eventId, rows: "attempts", limit: "50" })}`),
      callApi<DeadLetterPage>(`/api/v1/dead-letters?${new URLSearchParams({ state: "open", limit: "20" })}`),
    ]);
    if (stored.rows.some((row) => row.id === eventId)) {
      return { kind: "success", message: `Stored: event ${eventId} is in, and its cost counts.` };
    }
    const back = letters.items.find((other) => other.eventId === eventId && BigInt(other.id) > BigInt(letter.id));
    if (back) return { kind: "error", message: `${back.code === "conflict" ? "Conflict" : "Rejected"}: ${back.reason}` };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return {
    kind: "error",
    message: `Event ${eventId} was sent, but is not stored yet. Look for it under Requests in a minute; the workers may be behind.`,
  };
}
