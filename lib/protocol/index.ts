/**
 * What targets and console say to each other, for programs (it needs node:crypto). Pages import the schemas they show
 * from their own files: `connectors`, `keys`, `enrol`, `sync`, `payload` are pure.
 */
export { canonicalHash } from "./canonical";
export type { Capability, Connector, Hardware } from "./connectors";
export { enrolRequestSchema, type EnrolRequest, type EnrolResponse } from "./enrol";
export type { PublicKey, SigningKey } from "./keys";
export type { Payload } from "./payload";
export { privateKeyFrom, signDesired, signKeyList, type PrivateKey } from "./sign";
export { syncRequestSchema, SYNC_REFUSALS, type Desired, type Health, type SyncRequest, type SyncResponse } from "./sync";
export { verifySyncToken } from "./sync-token";
