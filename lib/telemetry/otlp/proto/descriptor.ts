/**
 * The part of OTLP 1.x that Headroom reads, as a protobufjs JSON descriptor. Message and field names and numbers are
 * those of the OpenTelemetry protocol (github.com/open-telemetry/opentelemetry-proto, Apache-2.0).
 *
 * It is a projection on purpose. What is not named here is skipped as an unknown field and never becomes a value:
 * span events, links and log bodies (where prompts travel), nested attribute values (so nothing recurses), exemplars.
 */
import type { INamespace } from "protobufjs";

const repeated = (type: string, id: number) => ({ rule: "repeated", type, id });
const field = (type: string, id: number) => ({ type, id });

export const OTLP_DESCRIPTOR: INamespace = {
  nested: {
    ExportTraceServiceRequest: { fields: { resourceSpans: repeated("ResourceSpans", 1) } },
    ResourceSpans: { fields: { resource: field("Resource", 1), scopeSpans: repeated("ScopeSpans", 2) } },
    ScopeSpans: { fields: { spans: repeated("Span", 2) } },
    Span: {
      fields: {
        traceId: field("bytes", 1),
        spanId: field("bytes", 2),
        parentSpanId: field("bytes", 4),
        name: field("string", 5),
        kind: field("int32", 6),
        startTimeUnixNano: field("fixed64", 7),
        endTimeUnixNano: field("fixed64", 8),
        attributes: repeated("KeyValue", 9),
        status: field("SpanStatus", 15),
      },
    },
    SpanStatus: { fields: { code: field("int32", 3) } },

    ExportMetricsServiceRequest: { fields: { resourceMetrics: repeated("ResourceMetrics", 1) } },
    ResourceMetrics: { fields: { resource: field("Resource", 1), scopeMetrics: repeated("ScopeMetrics", 2) } },
    ScopeMetrics: { fields: { metrics: repeated("Metric", 2) } },
    Metric: {
      oneofs: { data: { oneof: ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] } },
      fields: {
        name: field("string", 1),
        unit: field("string", 3),
        gauge: field("Gauge", 5),
        sum: field("Sum", 7),
        histogram: field("Histogram", 9),
        exponentialHistogram: field("ExponentialHistogram", 10),
        summary: field("Summary", 11),
      },
    },
    Gauge: { fields: { dataPoints: repeated("NumberDataPoint", 1) } },
    Sum: {
      fields: {
        dataPoints: repeated("NumberDataPoint", 1),
        aggregationTemporality: field("int32", 2),
        isMonotonic: field("bool", 3),
      },
    },
    Histogram: { fields: { dataPoints: repeated("HistogramDataPoint", 1), aggregationTemporality: field("int32", 2) } },
    ExponentialHistogram: {
      fields: { dataPoints: repeated("ExponentialHistogramDataPoint", 1), aggregationTemporality: field("int32", 2) },
    },
    Summary: { fields: { dataPoints: repeated("SummaryDataPoint", 1) } },
    NumberDataPoint: {
      oneofs: { value: { oneof: ["asDouble", "asInt"] } },
      fields: {
        startTimeUnixNano: field("fixed64", 2),
        timeUnixNano: field("fixed64", 3),
        asDouble: field("double", 4),
        asInt: field("sfixed64", 6),
        attributes: repeated("KeyValue", 7),
      },
    },
    HistogramDataPoint: {
      fields: {
        startTimeUnixNano: field("fixed64", 2),
        timeUnixNano: field("fixed64", 3),
        count: field("fixed64", 4),
        sum: field("double", 5),
        attributes: repeated("KeyValue", 9),
      },
    },
    ExponentialHistogramDataPoint: {
      fields: {
        attributes: repeated("KeyValue", 1),
        startTimeUnixNano: field("fixed64", 2),
        timeUnixNano: field("fixed64", 3),
        count: field("fixed64", 4),
        sum: field("double", 5),
      },
    },
    SummaryDataPoint: {
      fields: {
        startTimeUnixNano: field("fixed64", 2),
        timeUnixNano: field("fixed64", 3),
        count: field("fixed64", 4),
        sum: field("double", 5),
        attributes: repeated("KeyValue", 7),
      },
    },

    ExportLogsServiceRequest: { fields: { resourceLogs: repeated("ResourceLogs", 1) } },
    ResourceLogs: { fields: { scopeLogs: repeated("ScopeLogs", 2) } },
    ScopeLogs: { fields: { logRecords: repeated("LogRecord", 2) } },
    LogRecord: { fields: { timeUnixNano: field("fixed64", 1) } },

    Resource: { fields: { attributes: repeated("KeyValue", 1) } },
    KeyValue: { fields: { key: field("string", 1), value: field("AnyValue", 2) } },
    AnyValue: {
      oneofs: { value: { oneof: ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue"] } },
      fields: {
        stringValue: field("string", 1),
        boolValue: field("bool", 2),
        intValue: field("int64", 3),
        doubleValue: field("double", 4),
        arrayValue: field("ArrayValue", 5),
      },
    },
    ArrayValue: { fields: { values: repeated("ScalarValue", 1) } },
    // AnyValue without its nested kinds.
    ScalarValue: {
      oneofs: { value: { oneof: ["stringValue", "boolValue", "intValue", "doubleValue"] } },
      fields: {
        stringValue: field("string", 1),
        boolValue: field("bool", 2),
        intValue: field("int64", 3),
        doubleValue: field("double", 4),
      },
    },

    // Answers.
    ExportTraceServiceResponse: { fields: { partialSuccess: field("ExportTracePartialSuccess", 1) } },
    ExportTracePartialSuccess: { fields: { rejectedSpans: field("int64", 1), errorMessage: field("string", 2) } },
    ExportMetricsServiceResponse: { fields: { partialSuccess: field("ExportMetricsPartialSuccess", 1) } },
    ExportMetricsPartialSuccess: { fields: { rejectedDataPoints: field("int64", 1), errorMessage: field("string", 2) } },
    ExportLogsServiceResponse: { fields: { partialSuccess: field("ExportLogsPartialSuccess", 1) } },
    ExportLogsPartialSuccess: { fields: { rejectedLogRecords: field("int64", 1), errorMessage: field("string", 2) } },
    /** google.rpc.Status; `details` (3) is never sent. */
    Status: { fields: { code: field("int32", 1), message: field("string", 2) } },
  },
};
