/** What programs call themselves in front of the console. */
export { version as PROGRAM_VERSION } from "../package.json";
