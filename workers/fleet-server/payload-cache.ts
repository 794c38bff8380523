/** Ordered bytes by their hash, so that a mass change reads each configuration once. Bounded by bytes, least used first out. */
import type pg from "pg";
import { readPayloads } from "@/lib/fleet/sync-store";

const MOST_BYTES = 32 * 1024 * 1024;

export interface PayloadCache {
  get(hash: string): Promise<Buffer>;
}

export function createPayloadCache(pool: pg.Pool): PayloadCache {
  const kept = new Map<string, Buffer>();
  const loading = new Map<string, Promise<Buffer>>();
  let bytes = 0;

  const load = async (hash: string): Promise<Buffer> => {
    const text = (await readPayloads(pool, [hash])).get(hash);
    if (text === undefined) throw new Error(`There is no payload ${hash}.`);
    const payload = Buffer.from(text, "utf8");
    kept.set(hash, payload);
    bytes += payload.length;
    for (const [oldest, old] of kept) {
      if (bytes <= MOST_BYTES || oldest === hash) break;
      kept.delete(oldest);
      bytes -= old.length;
    }
    return payload;
  };

  return {
    get: async (hash) => {
      const found = kept.get(hash);
      if (found) {
        kept.delete(hash);
        kept.set(hash, found);
        return found;
      }
      let under = loading.get(hash);
      if (!under) {
        under = load(hash).finally(() => loading.delete(hash));
        loading.set(hash, under);
      }
      return under;
    },
  };
}
