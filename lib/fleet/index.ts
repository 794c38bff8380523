export { listPools } from "./list-pools";
export { readConnection } from "./read-connection";
export type { PoolUsageReader } from "./reader";
export { sharePools } from "./share-pools";
export { publishDesired, publishDesiredToAll } from "./publish-desired";
export { createEnrolmentToken } from "./create-enrolment-token";
export { listEnrolmentTokens } from "./list-enrolment-tokens";
export { revokeEnrolmentToken } from "./revoke-enrolment-token";
export { releaseTarget, revokeTarget } from "./change-target-state";
