/**
 * What LiteLLM sent → events, exactly once.
 *
 *   delivery ─ items ─┬─ unreadable ─────────────────────────► dead letter, without content
 *                     ├─ failed attempt with a trace ─ held ─► read together with the attempt that follows it,
 *                     │                                        or alone when none came in time
 *                     └─ call ─► its place among the attempts ─► event ─► ingestEvents ─► delivery deleted
 *
 * The delivery stays locked while its events are stored and is deleted after them: a crash between the two reads it
 * again, and the ids make that harmless. When the database refuses, the delivery waits, longer each time, never lost.
 */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { withTransaction, type Db } from "@/lib/db";
import type { Logger } from "@/lib/log";
import { addDeadLetters, countRejected, hash64, type DeadLetter } from "@/lib/telemetry";
import type { UsageEvent } from "@/lib/telemetry/event";
import {
  claimDelivery,
  claimHeld,
  forgetDeliveries,
  groupAttempts,
  keepDelivery,
  parseLitellmMapping,
  postponeDelivery,
  readBodyItems,
  readCall,
  toEvent,
  withoutContent,
  type LitellmCall,
} from "@/lib/telemetry/litellm";
import { loadWorkspace } from "@/lib/workspace";
import { ingestEvents } from "../ingest";

const decompress = promisify(gunzip);
const compress = promisify(gzip);

/** How long a failed attempt waits for its retry or fallback: LiteLLM sends every five seconds by default. */
const HOLD_MS = 60_000;

interface ReadDeps {
  db: Db;
  log: Logger;
}

/** Read one due delivery. Returns how many events it stored; null when none is due. */
export async function readNextDelivery(deps: ReadDeps, now: Date, holdMs = HOLD_MS): Promise<number | null> {
  let claimed: { id: bigint; failures: number } | undefined;
  try {
    return await withTransaction(deps.db.pool, async (client) => {
      const delivery = await claimDelivery(client, now);
      if (!delivery) return null;
      claimed = delivery;
      const { apiKeyId, tenants, receivedAt } = delivery;
      const letters: DeadLetter[] = [];
      const items = new Map<LitellmCall, unknown>();
      const refuse = (
        refusal: { code: string; field: string | null; message: string },
        item: unknown,
        eventId: string | null,
      ) => {
        const payload = withoutContent(item);
        letters.push({
          receivedAt,
          source: "litellm",
          ...refusal,
          reason: refusal.message,
          eventId,
          tenant: tenants !== "all" && tenants.length === 1 ? tenants[0]! : null,
          payload,
          fingerprint: hash64(`litellm\n${delivery.id}\n${letters.length}\n${JSON.stringify(payload)}`),
        });
      };
      const readAll = async (body: Buffer) => {
        for (const item of readBodyItems(await decompress(body))) {
          if ("refusal" in item) {
            refuse(item.refusal, null, null);
            continue;
          }
          const call = readCall(item.value);
          if ("code" in call) refuse(call, item.value, null);
          else items.set(call, item.value);
        }
      };
      await readAll(delivery.body);
      const traces = new Set([...items.keys()].flatMap((call) => call.traceId ?? []));
      const held = (await claimHeld(client, [...traces], apiKeyId)).filter(({ id }) => id !== delivery.id);
      for (const one of held) await readAll(one.body);

      const places = groupAttempts([...items.keys()]);
      const { litellmMapping, rawRetentionDays } = await loadWorkspace(deps.db);
      const door = { now: receivedAt, rawRetentionDays, tenants, apiKeyId, mapping: parseLitellmMapping(litellmMapping) };
      const events: UsageEvent[] = [];
      for (const [call, item] of items) {
        const place = places.get(call)!;
        // The last of its chain so far, and it failed: the attempt that follows may be on its way. Waited once.
        if (!delivery.held && call.failed && call.traceId !== null && !call.shadow && place.last.failed) {
          await keepDelivery(client, {
            receivedAt,
            dueAt: now.getTime() + holdMs,
            apiKeyId,
            tenants,
            traceId: call.traceId,
            body: await compress(JSON.stringify(withoutContent(item))),
          });
          continue;
        }
        const read = toEvent(call, place, door);
        if ("event" in read) events.push(read.event);
        else refuse(read.refusal, item, call.id);
      }
      if (events.length > 0) await ingestEvents(deps, events, { receivedAt: () => receivedAt });
      if (letters.length > 0) {
        await addDeadLetters(client, letters);
        await countRejected(deps.db.pool, receivedAt, new Map([["", letters.length]]));
      }
      await forgetDeliveries(client, [delivery.id, ...held.map(({ id }) => id)]);
      return events.length;
    });
  } catch (error) {
    if (!claimed) throw error;
    const waitMs = Math.min(300_000, 1_000 * 2 ** claimed.failures);
    deps.log.warn({ err: error, delivery: claimed.id.toString(), waitMs }, "a delivery of LiteLLM could not be read; it waits");
    await postponeDelivery(deps.db.pool, claimed.id, new Date(now.getTime() + waitMs));
    return 0;
  }
}
