export { listPolicies } from "./list-policies";
export { diffVersions, policyHistory, readPolicy } from "./policy-history";
export { previewDraft } from "./preview-draft";
export { publishToTarget } from "./publish-to-target";
export { readEffective } from "./read-effective";
export { restorePolicy } from "./restore-policy";
export { savePolicy } from "./save-policy";
export { seedPolicies } from "./seed-policies";
