export { AppError, ERROR_CODES } from "./errors";
export type { ErrorCode } from "./errors";
export { readJson } from "./read-json";
export { asAppError, problemResponse } from "./problem";
export type { Problem } from "./problem";
