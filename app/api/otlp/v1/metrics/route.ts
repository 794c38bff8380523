import { otlpRoute, receiveMetrics } from "@/lib/telemetry/otlp";

export const dynamic = "force-dynamic";

/** OTLP/HTTP metrics, protobuf or JSON: GenAI token counters, kept to be held against the spans; never billed. */
export const POST = otlpRoute(({ ctx, request }, encoding) => receiveMetrics(ctx, { encoding, request }));
