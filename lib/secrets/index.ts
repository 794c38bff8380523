export { keyIdOf, seal, secretKeysOf, unseal } from "./sealed";
