/**
 * The state folder: two slots that are written in turn, each a whole record with a serial number and a checksum, and one
 * file a payload, named by its hash. A start takes the newest slot that is whole; the other one is the record before it,
 * and the payloads of both are kept. So there is no moment, and no single damaged file, that leaves nothing to run.
 */
import { z } from "zod";
import { canonicalHash } from "../canonical";
import { replaceOn, type Disk } from "./disk";
import { EMPTY_RECORD, hashesOf, recordSchema, withoutLost, type SyncRecord } from "./record";

const SLOTS = ["slot-a.json", "slot-b.json"] as const;
const PAYLOAD = /^payload-([0-9a-f]{64})\.json$/;
const payloadFile = (hash: string) => `payload-${hash}.json`;

const slotSchema = z.object({ serial: z.number().int().min(1), checksum: z.string(), record: recordSchema });

export interface Storage {
  /** As found at the start, without versions whose payload cannot be read. */
  readonly found: SyncRecord;
  /** What was damaged, in words; empty when all was well. */
  readonly damage: readonly string[];
  payload(hash: string): Record<string, unknown> | null;
  /** On disk before any record may name it. */
  keep(hash: string, payload: Record<string, unknown>): Promise<void>;
  /** `alsoUsed`: payloads that no record names yet, and that must not be forgotten. */
  save(record: SyncRecord, alsoUsed: readonly string[]): Promise<void>;
}

interface Slot {
  serial: number;
  record: SyncRecord;
}

export async function openStorage(disk: Disk): Promise<Storage> {
  const damage: string[] = [];
  const slots: (Slot | null)[] = [];
  for (const name of SLOTS) slots.push(await readSlot(disk, name, damage));
  const payloads = new Map<string, Record<string, unknown>>();
  for (const name of await disk.list()) {
    const hash = PAYLOAD.exec(name)?.[1];
    if (!hash || !slots.some((slot) => slot && hashesOf(slot.record).has(hash))) continue;
    const payload = await readPayload(disk, hash);
    if (payload) payloads.set(hash, payload);
    else damage.push(`${name} is damaged.`);
  }
  const newest = slots[1] && slots[1].serial > (slots[0]?.serial ?? 0) ? 1 : 0;
  const found = withoutLost(slots[newest]?.record ?? EMPTY_RECORD, (hash) => payloads.has(hash));
  let target: 0 | 1 = newest === 0 && slots[0] ? 1 : 0;

  const forgetUnused = async (alsoUsed: readonly string[]) => {
    const used = new Set([...alsoUsed, ...slots.flatMap((slot) => (slot ? [...hashesOf(slot.record)] : []))]);
    for (const name of await disk.list()) {
      const hash = PAYLOAD.exec(name)?.[1];
      if (!hash || used.has(hash)) continue;
      payloads.delete(hash);
      await disk.remove(name);
    }
  };

  /** One change of the folder at a time: else what is kept now could be forgotten by a save that began before. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = last.then(change);
    last = result.catch(() => undefined);
    return result;
  };

  return {
    found,
    damage,
    payload: (hash) => payloads.get(hash) ?? null,
    keep: (hash, payload) =>
      inTurn(async () => {
        if (payloads.has(hash)) return;
        await replaceOn(disk, payloadFile(hash), JSON.stringify(payload));
        payloads.set(hash, payload);
      }),
    save: (record, alsoUsed) =>
      inTurn(async () => {
        const serial = Math.max(0, ...slots.map((slot) => slot?.serial ?? 0)) + 1;
        await replaceOn(disk, SLOTS[target], JSON.stringify({ serial, checksum: canonicalHash({ serial, record }), record }));
        slots[target] = { serial, record };
        target = target === 0 ? 1 : 0;
        await forgetUnused(alsoUsed);
      }),
  };
}

async function readSlot(disk: Disk, name: string, damage: string[]): Promise<Slot | null> {
  const text = await disk.read(name);
  if (text === null) return null;
  const parsed = slotSchema.safeParse(jsonOrNull(text));
  if (parsed.success) {
    const { serial, checksum, record } = parsed.data;
    if (canonicalHash({ serial, record }) === checksum) return { serial, record };
  }
  damage.push(`${name} is damaged.`);
  return null;
}

async function readPayload(disk: Disk, hash: string): Promise<Record<string, unknown> | null> {
  const payload = z.record(z.string(), z.unknown()).safeParse(jsonOrNull((await disk.read(payloadFile(hash))) ?? ""));
  return payload.success && canonicalHash(payload.data) === hash ? payload.data : null;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
