/** What one arm did in one minute, per tenant and route. The same route in both arms: a change may send it to another model. */
export interface ArmRow {
  arm: "canary" | "baseline";
  minuteMs: number;
  tenant: string;
  route: string;
  /** Requests (gateways) or attempts (nodes): what can go wrong. */
  exposed: number;
  successes: number;
  errors: number;
  timeouts: number;
  ooms: number;
  retries: number;
  slow: number;
  /** Streamed ones, of which `slowFirst` had their first token too late. */
  streamed: number;
  slowFirst: number;
  qualityKnown: number;
  qualityFailures: number;
  /** Of all attempts, failed ones included. Statistics: exact to 2^53 nano-USD, nine million dollars a minute. */
  costNanoUsd: number;
  tokens: number;
}

/** What the guardrails call it → which columns. */
export function countsOf(metric: string, row: ArmRow): { exposed: number; bad: number } {
  switch (metric) {
    case "error":
      return { exposed: row.exposed, bad: row.errors };
    case "timeout":
      return { exposed: row.exposed, bad: row.timeouts };
    case "oom":
      return { exposed: row.exposed, bad: row.ooms };
    case "retry":
      return { exposed: row.exposed, bad: row.retries };
    case "slow":
      return { exposed: row.exposed, bad: row.slow };
    case "slow_first_token":
      return { exposed: row.streamed, bad: row.slowFirst };
    case "quality_failure":
      return { exposed: row.qualityKnown, bad: row.qualityFailures };
    default:
      throw new Error(`No column counts ${metric}.`);
  }
}
