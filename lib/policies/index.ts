export {
  cacheKeyText,
  embeddingKeyText,
  routingVersion,
  semanticKeyText,
  type CacheIdentity,
  type CacheInput,
  type CacheKey,
} from "./cache-key";
export { checkPolicyFile, type FileProblem } from "./check-policy-file";
export { diffPolicies } from "./diff";
export { escalationReason } from "./escalation";
export { policyReader, type AppliedPolicy } from "./merge";
export { pick, type PlannedTarget, type RoutePlan, type RoutingRequest } from "./pick";
export type { BatchingPolicy, CachingPolicy, GatewayPolicy, GatewayPolicyFile, Route, TokensPolicy } from "./schemas";
export { stableShare } from "./stable-share";
export { limitRequest, type OutputField } from "./tokens";
