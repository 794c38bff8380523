export { EmptyState } from "./empty-state";
export { ErrorState } from "./error-state";
export { QueryCard, StaleAge } from "./query-card";
