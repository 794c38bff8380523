import { otlpRoute, receiveLogs } from "@/lib/telemetry/otlp";

export const dynamic = "force-dynamic";

/** OTLP/HTTP logs: accepted and counted, so that an exporter of all three signals does not fail; nothing is kept. */
export const POST = otlpRoute(({ ctx, request }, encoding) => receiveLogs(ctx, { encoding, request }));
