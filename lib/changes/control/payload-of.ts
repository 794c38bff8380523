/** The bytes that a target is to get, from the two that were stored when the rollout began. Pure. */
import type { Payload } from "@/lib/protocol/payload";
import type { Wanted } from "../rollout/wanted";

export interface StoredPayloads {
  /** What it ran before; null: nothing was ever ordered, and nothing can be put back. */
  stable: Payload | null;
  /** With the change and nothing else; null: no policy concerns it. */
  final: Payload | null;
}

export interface PlacedOrder {
  payload: Payload;
  leaseTtlSec: number | null;
}

/** A target that hears nothing for this long goes back to what ran before by itself. */
const LEASE_SEC = 900;

/** Null: there is nothing to order. `rolloutId`: the salt of who is in, the same in every step. */
export function payloadOf(wanted: Wanted, { stable, final }: StoredPayloads, rolloutId: string): PlacedOrder | null {
  if (wanted.run === "stable") return stable && { payload: stable, leaseTtlSec: null };
  if (!final) return null;
  if (wanted.run === "final") return { payload: final, leaseTtlSec: wanted.leased ? LEASE_SEC : null };
  const { sharePercent, mode } = wanted;
  const experiment = { id: rolloutId, mode, sharePercent, sticky: "action", layers: final.content["layers"] };
  const layers = stable?.content["layers"] ?? [];
  return { payload: { ...final, content: { ...final.content, layers, experiment } }, leaseTtlSec: LEASE_SEC };
}
