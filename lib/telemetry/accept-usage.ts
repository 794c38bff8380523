/**
 * One batch through the door: bytes → per-item verdicts, and the events that are to be queued. Pure but for `now`.
 * Duplicates and conflicts inside the batch are answered here; both still travel with the batch, so that the worker,
 * the one judge of ids, counts the first and keeps the second for inspection.
 */
import type { UsageEvent } from "./event";
import { readNativeEvent, type Door } from "./normalise";
import type { BatchItem } from "./read-batch";
import type { ItemResult, UsageAnswer } from "./schemas";

export interface AcceptedUsage {
  answer: UsageAnswer;
  /** In the order of the batch: the first event of an id is the one that counts. */
  events: UsageEvent[];
  /** Refused items per tenant; '' when the tenant could not be read or is not the sender's. */
  rejectedByTenant: Map<string, number>;
}

export function acceptUsage(items: readonly BatchItem[], door: Door, verbose: boolean): AcceptedUsage {
  const answer: UsageAnswer = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, items: [] };
  const events: UsageEvent[] = [];
  const rejectedByTenant = new Map<string, number>();
  const seen = new Map<string, bigint>();
  items.forEach((item, index) => {
    const read = "refusal" in item ? item : readNativeEvent(item.value, door);
    if ("refusal" in read) {
      const { code, field, message } = read.refusal;
      answer.rejected += 1;
      answer.items.push({ index, id: idOf(item), status: "rejected", code, field, message });
      const tenant = tenantOf(item, door);
      rejectedByTenant.set(tenant, (rejectedByTenant.get(tenant) ?? 0) + 1);
      return;
    }
    const { event } = read;
    events.push(event);
    const earlier = seen.get(event.id);
    if (earlier === undefined) {
      seen.set(event.id, event.contentHash);
      answer.accepted += 1;
      if (verbose) answer.items.push(result(index, event.id, "accepted"));
    } else if (earlier === event.contentHash) {
      answer.duplicates += 1;
      answer.items.push({
        ...result(index, event.id, "duplicate"),
        code: "duplicate",
        message: "The same event is in this batch already.",
      });
    } else {
      answer.conflicts += 1;
      answer.items.push({
        ...result(index, event.id, "conflict"),
        code: "conflict",
        field: "id",
        message: "Another event with this id and other content is in this batch already. This one is kept in the dead letters.",
      });
    }
  });
  return { answer, events, rejectedByTenant };
}

function result(index: number, id: string, status: ItemResult["status"]): ItemResult {
  return { index, id, status, code: null, field: null, message: null };
}

function idOf(item: BatchItem): string | null {
  const id = textField(item, "id");
  return id === undefined ? null : id.slice(0, 200);
}

/** Only a tenant that the sender may write is counted by name: nobody fills the counters with invented tenants. */
function tenantOf(item: BatchItem, door: Door): string {
  const tenant = textField(item, "tenant");
  return tenant !== undefined && door.tenants !== "all" && door.tenants.includes(tenant) ? tenant : "";
}

function textField(item: BatchItem, name: string): string | undefined {
  if ("refusal" in item || item.value === null || typeof item.value !== "object") return undefined;
  const found = (item.value as Record<string, unknown>)[name];
  return typeof found === "string" ? found : undefined;
}
