/**
 * The wire form of `POST /api/v1/outcomes`: what became of a request or an action, reported afterwards. Unless the
 * sender names them, tenant and endpoint come from the events it belongs to, whenever those arrive.
 */
import { z } from "zod";
import { hash64 } from "./content-hash";
import type { ItemReading } from "./accept-items";
import { readDoorTime } from "./door-time";
import { STORABLE } from "./schemas";
import { explainRefusal } from "./validate";

const text = (max: number) => z.string().min(1).max(max).regex(STORABLE);

const outcomeSchema = z
  .strictObject({
    id: text(200).describe("Unique id of this outcome"),
    requestId: text(200).nullish().describe("The request it judges: requestId of usage events"),
    actionId: text(200).nullish().describe("The action it judges: actionId of usage events, e.g. a trace id"),
    tenant: text(200).nullish().describe("Absent: the tenant of the request or action"),
    endpoint: text(200).nullish().describe("Absent: the endpoint of the request or action"),
    kpi: text(64).describe("What was judged, e.g. resolved, accepted, escalated, rating"),
    value: z.number().min(-1e15).max(1e15).describe("1 and 0 for yes and no, or a score"),
    label: text(200).nullish(),
    occurredAt: z.iso.datetime({ offset: true }).max(40),
  })
  .refine((outcome) => Boolean(outcome.requestId ?? outcome.actionId), { error: 'Send "requestId" or "actionId".' });
export type Outcome = z.infer<typeof outcomeSchema>;

export const OUTCOME_LIMITS = { items: 1_000, bytes: 4 * 1024 * 1024 } as const;

export const outcomeBatchSchema = z.strictObject({ outcomes: z.array(outcomeSchema).max(OUTCOME_LIMITS.items) });

export interface ItemDoor {
  now: number;
  rawRetentionDays: number;
  tenants: "all" | readonly string[];
}

/** One item as it came → an outcome of a tenant that the sender may write, or why not. */
export function readOutcome(value: unknown, door: ItemDoor): ItemReading<Outcome> {
  const parsed = outcomeSchema.safeParse(value);
  if (!parsed.success) return { refusal: explainRefusal(value, outcomeSchema) };
  const outcome = parsed.data;
  const occurredAt = readDoorTime("occurredAt", outcome.occurredAt, door);
  if (typeof occurredAt !== "number") return { refusal: occurredAt };
  let tenant = outcome.tenant ?? null;
  if (door.tenants !== "all") {
    if (tenant === null && door.tenants.length === 1) tenant = door.tenants[0]!;
    if (tenant === null || !door.tenants.includes(tenant)) {
      const message =
        tenant === null
          ? 'Name the "tenant": this sender may write some tenants only.'
          : `You may not send for the tenant "${tenant}".`;
      return { refusal: { code: "tenant_not_allowed", field: "tenant", message } };
    }
  }
  const item: Outcome = { ...outcome, tenant };
  return { item, id: item.id, contentHash: outcomeHash(item) };
}

/** Same id and same hash = the same outcome again. */
function outcomeHash(outcome: Outcome): bigint {
  const { id, requestId, actionId, kpi, value, label } = outcome;
  return hash64(
    JSON.stringify([id, requestId ?? null, actionId ?? null, kpi, value, label ?? null, Date.parse(outcome.occurredAt)]),
  );
}
