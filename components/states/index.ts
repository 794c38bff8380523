export { EmptyState } from "./empty-state";
export { ErrorState } from "./error-state";
export { useLastError } from "./use-last-error";
export { QueryCard, StaleAge } from "./query-card";
