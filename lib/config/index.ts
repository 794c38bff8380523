export { config, parseConfig } from "./env";
export type { Config } from "./env";
