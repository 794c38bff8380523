export { AppError, ERROR_CODES } from "./errors";
export type { ErrorCode } from "./errors";
export { readJson } from "./read-json";
export { readUpload } from "./read-upload";
export { asAppError, logLevelOf, problemResponse } from "./problem";
export type { Problem } from "./problem";
