import { ingestQueue } from "@/lib/telemetry";
import { otlpRoute, receiveTraces } from "@/lib/telemetry/otlp";

export const dynamic = "force-dynamic";

/** OTLP/HTTP traces, protobuf or JSON: GenAI spans become priced usage events. */
export const POST = otlpRoute(({ ctx, request }, encoding) => receiveTraces(ctx, { encoding, request, queue: ingestQueue() }));
