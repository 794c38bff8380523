/** What each kind of dead letter means, and what can be done about it. Pure. */
import type { DeadLetterView } from "@/lib/telemetry/list-dead-letters";

/** Doors and kinds that letters come from; the filter offers them. */
export const SOURCE_LABEL: Record<string, string> = {
  usage: "Usage events",
  otlp: "OpenTelemetry",
  outcomes: "Outcomes",
  samples: "GPU samples",
  queue: "Queue jobs",
};

export const sourceLabel = (source: string): string => SOURCE_LABEL[source] ?? source;

/** Codes that are offered while typing; any other can be typed too. */
export const CODES = ["conflict", "poison", "unreadable_job", "invalid_sample", "invalid_outcome"] as const;

/** Why a letter cannot be replayed, whoever asks; undefined when it can. */
export function unreplayable({ source }: Pick<DeadLetterView, "source">): string | undefined {
  return source === "otlp"
    ? "Refused spans are noted once an hour for each reason, without the span itself. Correct the sender or the OTLP mapping; it will send the next ones by itself."
    : undefined;
}

/** What replaying does, said before it is done. */
export function consequenceOf({ source, tenant, eventId }: DeadLetterView): string {
  if (source === "queue")
    return "The whole job goes to the queue again. Events of it that are stored already are not charged twice.";
  if (source === "outcomes" || source === "samples") {
    return "The item goes to the queue again, as it stands in the editor. If it is still wrong, it comes back as a new dead letter.";
  }
  const whose = tenant === null ? "its tenant" : tenant;
  return `${eventId === null ? "The event" : `What was event ${eventId}`} goes through the pipeline as it stands in the editor, and its cost counts for ${whose}. An id that is stored already is never charged twice.`;
}

/** The payload of an editor, or what is wrong with it and where. */
export function readPayload(text: string): { payload: unknown } | { error: string } {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    return { error: `This is not JSON: ${placed(text, error instanceof Error ? error.message : String(error))}` };
  }
  if (payload === null || typeof payload !== "object" || Array.isArray(payload)) {
    return { error: "The payload must be one object: { … }." };
  }
  return { payload };
}

/** Engines say the position in three ways, or not at all; a person wants the line. */
function placed(text: string, message: string): string {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line) return message.endsWith(".") ? message : `${message}.`;
  const position = /position (\d+)/.exec(message)?.[1];
  if (!position) return message.endsWith(".") ? message : `${message}.`;
  const before = text.slice(0, Number(position)).split("\n");
  return `${message} (line ${before.length}, column ${before.at(-1)!.length + 1}).`;
}
