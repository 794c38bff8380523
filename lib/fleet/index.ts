export { listPools } from "./list-pools";
export { readConnection } from "./read-connection";
export type { PoolUsageReader } from "./reader";
export { publishDesired, publishDesiredToAll, type PolicyCitation, type Warrant } from "./publish-desired";
export { createEnrolmentToken } from "./create-enrolment-token";
export { listEnrolmentTokens } from "./list-enrolment-tokens";
export { revokeEnrolmentToken } from "./revoke-enrolment-token";
export { releaseTarget, revokeTarget } from "./change-target-state";
export { getTarget, getTargetOrder, listTargets } from "./read-targets";
