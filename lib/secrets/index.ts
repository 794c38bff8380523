export { keyIdOf, seal, secretKeysOf, unseal, type KeySettings, type SecretKeys } from "./sealed";
