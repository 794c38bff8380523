/** Cost lines as the event store keeps them (`costLinesJson` writes them), read back. Pure. */
import type { CostLine } from "./event";

export type StoredLines = { m: CostLine["meter"]; q: number; u: string; n: string; f?: [string, string][] }[];

export const toCostLines = (stored: StoredLines | null): CostLine[] =>
  (stored ?? []).map(({ m, q, u, n, f = [] }) => ({
    meter: m,
    quantity: q,
    unitPriceUsd: u,
    modifiers: f.map(([reason, factor]) => ({ reason, factor })),
    costNanoUsd: BigInt(n),
  }));
