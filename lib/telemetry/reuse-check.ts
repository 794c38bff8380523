/**
 * A share of the answers that a semantic cache reused is also generated, and the two are compared. The result is an
 * outcome of the request: its value is how alike the answers are, 1 = the same text. Pure, shared with the gateway.
 */
export const REUSE_CHECK = {
  kpi: "semantic_reuse",
  /** Cosine of the two answers from which they say the same; below it the reuse was a false hit. */
  agreesFrom: 0.9,
} as const;
