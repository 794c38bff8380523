export { effectivePolicy, policyReader } from "./merge";
export { pick } from "./pick";
export { gatewayPolicyFileSchema } from "./schemas";
export { stableShare } from "./stable-share";
