/**
 * The vector of a text, from an upstream. Never in the way: it has a short time, and an upstream that failed a few times
 * is left alone for a while. The same text at the same time is one call. Each call is an event of its own, with the
 * request it was made for: it costs, and it is no request of a user.
 */
import type { RoutePlan } from "@/lib/policies";
import { digest } from "./answer-store";
import { Circuit } from "./circuit";
import type { Exchange } from "./exchange";
import type { Gateway } from "./gateway";
import { vectorOf, type Vector } from "./meaning-index";
import { vectorsOf } from "./embedding-batches";
import { orLeft, SharedCalls } from "./shared-calls";
import { statusOf } from "./try-targets";
import { callWhole } from "./upstream-client";
import { helperEvent, usableUsage, type HelperFacts } from "./usage-recorder";

/** Whose request it is for. */
interface Cause {
  exchange: Exchange;
  plan: RoutePlan;
}

/** About 4,000 tokens: a longer question is no question that somebody else words differently. */
const LONGEST_TEXT = 16_000;

export interface Embedder {
  upstream: string;
  model: string;
}

export class TextEmbedder {
  private readonly circuits = new Map<string, Circuit>();
  private readonly shared = new SharedCalls<Vector[] | null>();

  constructor(private readonly timeoutMs: number) {}

  /** One vector for each text; null when there are none in time. */
  async embed(
    gateway: Gateway,
    cause: Cause,
    by: Embedder,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<Vector[] | null> {
    if (texts.some((text) => text.length > LONGEST_TEXT)) return null;
    const name = `${by.upstream}/${by.model}`;
    let circuit = this.circuits.get(name);
    if (!circuit) this.circuits.set(name, (circuit = new Circuit()));
    if (!circuit.allows(Date.now())) {
      gateway.metrics.embeddings.inc({ upstream: by.upstream, outcome: "skipped" });
      return null;
    }
    const key = digest(JSON.stringify([name, texts]));
    const call = (abort: AbortSignal) => this.call(gateway, cause, by, texts, circuit, abort);
    const { result } = this.shared.join(key, signal, call);
    return orLeft(result, signal);
  }

  private async call(
    gateway: Gateway,
    { exchange, plan }: Cause,
    by: Embedder,
    texts: readonly string[],
    circuit: Circuit,
    signal: AbortSignal,
  ): Promise<Vector[] | null> {
    const upstream = gateway.upstreams.get(by.upstream);
    if (!upstream) return null;
    const startedAt = Date.now();
    const clock = performance.now();
    const result = await callWhole({
      upstream,
      path: "embeddings",
      body: { model: by.model, input: texts },
      stream: false,
      timeoutMs: this.timeoutMs,
      firstTokenTimeoutMs: null,
      signal,
    });
    const vectors = result.ok ? vectorsOf(result.json, texts.length)?.map(vectorOf) : undefined;
    const good = vectors?.every((vector) => vector !== null) === true;
    if (good) circuit.succeeded();
    else if (!signal.aborted) circuit.failed(Date.now());
    const outcome: Pick<HelperFacts, "status" | "errorClass"> = good
      ? { status: "success", errorClass: null }
      : result.ok
        ? { status: "error", errorClass: "answer_incomplete" }
        : { status: statusOf(result), errorClass: result.errorClass };
    gateway.metrics.embeddings.inc({ upstream: by.upstream, outcome: outcome.status });
    gateway.record(
      helperEvent(gateway.name, exchange, plan, {
        ...outcome,
        feature: "semantic-cache",
        provider: upstream.provider,
        model: by.model,
        startedAt,
        latencyMs: performance.now() - clock,
        usage: result.ok ? usableUsage(result.json["usage"]) : null,
      }),
    );
    return good ? (vectors as Vector[]) : null;
  }
}
