/** OTLP/HTTP: spans become usage events, metrics become points to hold against them. See README.md. */
export { otlpMappingSchema, parseOtlpMapping } from "./mapping";
export { otlpRoute } from "./otlp-route";
export { receiveLogs, receiveMetrics, receiveTraces } from "./receive";
export { coverageSchema, readCoverage } from "./read-coverage";
