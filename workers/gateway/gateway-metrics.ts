/** What Prometheus sees. Labels are names from the policy and the config, never from clients. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export type GatewayMetrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const seconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
  return {
    registry,
    requests: new Counter({
      name: "headroom_gateway_requests_total",
      help: "Answered requests by route and HTTP status",
      labelNames: ["route", "status"],
      registers,
    }),
    attempts: new Counter({
      name: "headroom_gateway_attempts_total",
      help: "Calls to upstreams by outcome",
      labelNames: ["upstream", "status"],
      registers,
    }),
    cache: new Counter({
      name: "headroom_gateway_cache_total",
      help: "Cache outcomes: hit, semantic (reused), near (borderline, generated anew), miss, coalesced",
      labelNames: ["outcome"],
      registers,
    }),
    latency: new Histogram({
      name: "headroom_gateway_attempt_seconds",
      help: "Time of a call to an upstream",
      labelNames: ["upstream"],
      buckets: seconds,
      registers,
    }),
    firstToken: new Histogram({
      name: "headroom_gateway_first_token_seconds",
      help: "Time to the first bytes of a stream",
      labelNames: ["upstream"],
      buckets: seconds,
      registers,
    }),
    retriesRefused: new Counter({
      name: "headroom_gateway_retries_refused_total",
      help: "Second tries that the retry budget did not pay for",
      labelNames: ["route"],
      registers,
    }),
    shadowsSkipped: new Counter({
      name: "headroom_gateway_shadows_skipped_total",
      help: "Mirrored copies left out because too many were under way",
      registers,
    }),
    embeddings: new Counter({
      name: "headroom_gateway_question_embeddings_total",
      help: "Vectors asked for by the semantic cache; skipped: the upstream rests after failures",
      labelNames: ["upstream", "outcome"],
      registers,
    }),
    reuseChecks: new Counter({
      name: "headroom_gateway_reuse_checks_total",
      help: "Answers of the semantic cache compared with fresh ones; differs = false hit",
      labelNames: ["result"],
      registers,
    }),
    inFlight: new Gauge({ name: "headroom_gateway_requests_in_flight", help: "Requests being answered now", registers }),
  };
}

/** A number that somebody else keeps, read when Prometheus asks. */
export function exposeNumber(metrics: GatewayMetrics, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [metrics.registry],
    collect() {
      this.set(read());
    },
  });
}
