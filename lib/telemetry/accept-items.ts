/**
 * One batch of outcomes or samples through the door: per-item verdicts, and the items to queue. As for usage, what
 * repeats inside the batch is answered here and still travels: the worker is the one judge of ids.
 */
import type { BatchItem } from "./read-batch";
import type { ItemResult, UsageAnswer } from "./schemas";
import type { Refusal } from "./validate";

export type ItemReading<T> = { item: T; id: string; contentHash: bigint } | { refusal: Refusal };

export interface AcceptedItems<T> {
  answer: UsageAnswer;
  items: T[];
}

export function acceptItems<T>(
  batch: readonly BatchItem[],
  read: (value: unknown) => ItemReading<T>,
  idOf: (value: unknown) => string | null,
  verbose: boolean,
): AcceptedItems<T> {
  const answer: UsageAnswer = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, items: [] };
  const items: T[] = [];
  const seen = new Map<string, bigint>();
  batch.forEach((entry, index) => {
    const note = (
      id: string | null,
      status: ItemResult["status"],
      code: string | null,
      field: string | null,
      message: string | null,
    ) => answer.items.push({ index, id, status, code, field, message });
    const reading = "refusal" in entry ? entry : read(entry.value);
    if ("refusal" in reading) {
      const { code, field, message } = reading.refusal;
      answer.rejected += 1;
      note("refusal" in entry ? null : idOf(entry.value), "rejected", code, field, message);
      return;
    }
    items.push(reading.item);
    const earlier = seen.get(reading.id);
    if (earlier === undefined) {
      seen.set(reading.id, reading.contentHash);
      answer.accepted += 1;
      if (verbose) note(reading.id, "accepted", null, null, null);
    } else if (earlier === reading.contentHash) {
      answer.duplicates += 1;
      note(reading.id, "duplicate", "duplicate", null, "The same item is in this batch already.");
    } else {
      answer.conflicts += 1;
      note(
        reading.id,
        "conflict",
        "conflict",
        "id",
        "Another item with this id and other content is in this batch already; the first counts.",
      );
    }
  });
  return { answer, items };
}
