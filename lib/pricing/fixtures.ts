/** Events for the tests of pricing. */
import type { Meters } from "@/lib/telemetry/event";
import type { RateableEvent } from "./rate";

const NO_METERS: Meters = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  audioIn: 0,
  audioOut: 0,
  image: 0,
  reasoning: 0,
};

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
    meters: { ...NO_METERS, ...meters },
    serviceTier: null,
    batch: false,
    ...rest,
  };
}
