/** Events for the tests of pricing. */
import { noMeters, type Meters } from "@/lib/telemetry/event";
import type { RateableEvent } from "./rate";

/** A successful gpt-4o call of tenant acme at noon, 20 November 2026, unless told otherwise. */
export function usage(
  model: string,
  meters: Partial<Meters>,
  over: Partial<Omit<RateableEvent, "meters" | "occurredAt">> & { at?: string } = {},
): RateableEvent {
  const { at = "2026-11-20T12:00:00Z", ...rest } = over;
  return {
    occurredAt: Date.parse(at),
    tenant: "acme",
    provider: "openai",
    modelServed: model,
    modelRequested: model,
    pool: null,
    status: "success",
    cacheHit: false,
    cacheLayer: "none",
    meters: { ...noMeters(), ...meters },
    serviceTier: null,
    batch: false,
    ...rest,
  };
}
