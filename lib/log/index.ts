import pino from "pino";

export type Logger = pino.Logger;

/** Structured JSON lines with OpenTelemetry-friendly names. Secrets are cut out by path, never by hope. */
export function createLogger(program: string, level = process.env.LOG_LEVEL ?? "info"): Logger {
  return pino({
    level,
    base: { "service.name": `headroom-${program}`, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ["*.password", "*.passwordHash", "*.secret", "*.authorization", "headers.authorization", "headers.cookie"],
  });
}
