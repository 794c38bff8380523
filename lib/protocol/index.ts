/**
 * What targets and console say to each other, for programs (it needs node:crypto). Pages import the schemas they show
 * from their own files: `connectors`, `keys`, `enrol`, `sync`, `payload` are pure.
 */
export { canonicalHash, canonicalText } from "./canonical";
export { CAPABILITIES, connectorSchema, CONNECTORS, type Capability, type Connector, type Hardware } from "./connectors";
export { enrolRequestSchema, enrolResponseSchema, PROTOCOL_VERSION, type EnrolRequest, type EnrolResponse } from "./enrol";
export { publicKeySchema, type PublicKey, type SigningKey } from "./keys";
export { payloadSchema, type Payload } from "./payload";
export { privateKeyFrom, signDesired, signKeyList, type PrivateKey } from "./sign";
export {
  MAX_PAYLOAD_BYTES,
  syncRequestSchema,
  SYNC_REFUSALS,
  type Attempt,
  type Desired,
  type Health,
  type SyncRequest,
  type SyncResponse,
} from "./sync";
export { verifySyncToken, type SyncTokenVerdict } from "./sync-token";
