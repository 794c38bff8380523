export { formatExactValue, formatMetricValue, formatMs } from "@/lib/metrics/format-value";
