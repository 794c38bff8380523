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
export { experimentSchema, isInExperiment, type AssignmentKeys } from "./experiment";
export { policyReader } from "./merge";
export { pick, type PlannedTarget, type RoutePlan } from "./pick";
export type { CachingPolicy, GatewayPolicy } from "./schemas";
export { stableShare } from "./stable-share";
export { limitRequest, type OutputField } from "./tokens";
