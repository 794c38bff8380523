/** One JSON line per happening on stderr. Never content: only names, counts and reasons are passed in. */

export type Log = (level: "info" | "warn" | "error", message: string, facts?: Record<string, string | number | null>) => void;

export const log: Log = (level, message, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...facts })}\n`);
};
