import type { ClientLog } from "@/lib/protocol/client";

/** One JSON line per happening on stderr. Never content or secrets: only names, counts and reasons are passed in. */
export const logAs =
  (agent: string): ClientLog =>
  (level, message, facts = {}) =>
    void process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, agent, message, ...facts })}\n`);
