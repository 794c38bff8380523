export { AppError, ERROR_CODES } from "./errors";
export type { ErrorCode, ErrorDetails } from "./errors";
export { asAppError, problemResponse } from "./problem";
export type { Problem } from "./problem";
