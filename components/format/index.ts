export { formatExactValue, formatMetricValue, formatMs } from "./metric-value";
export { compareValues, formatAbsolute, formatRelative, wordChange } from "./change";
export type { Change, Direction } from "./change";
export { dayTicks, formatAge, formatBucket, formatBucketTick, formatClock, formatInstant } from "./time-label";
