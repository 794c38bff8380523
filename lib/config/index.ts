export { config, envSchema, parseConfig } from "./env";
export type { Config } from "./env";
