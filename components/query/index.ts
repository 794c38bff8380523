export { ApiError, callApi } from "./api-error";
export { QueryProvider, makeQueryClient } from "./query-provider";
export { useApi } from "./use-api";
export { useMetricQuery } from "./use-metric-query";
