/** OTLP/HTTP: spans become usage events, metrics become points to hold against them. See README.md. */
export { otlpMappingSchema, parseOtlpMapping } from "./mapping";
export type { OtlpMapping } from "./mapping";
export { otlpRoute } from "./otlp-route";
export { receiveLogs, receiveMetrics, receiveTraces } from "./receive";
export { coverageInputSchema, coverageSchema, readCoverage } from "./read-coverage";
