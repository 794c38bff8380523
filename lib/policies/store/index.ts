export { listPolicies, type PolicyList } from "./list-policies";
export {
  diffVersions,
  policyHistory,
  readPolicy,
  type PolicyDocument,
  type PolicyHistory,
  type VersionDiff,
} from "./policy-history";
export { previewDraft, type PolicyPreview } from "./preview-draft";
export { publishToTarget } from "./publish-to-target";
export { readEffective, type EffectivePolicy } from "./read-effective";
export { readOutcome } from "./read-outcome";
export { seedPolicies, type PolicySeed } from "./seed-policies";
