/** Apart from the schemas, so that pages can list them without loading zod. */

/** What a number can be grouped and filtered by. */
export const DIMENSIONS = [
  "tenant",
  "endpoint",
  "feature",
  "route",
  "provider",
  "modelRequested",
  "modelServed",
  "gateway",
  "pool",
  "node",
  "region",
  "engine",
  "precision",
  "cacheOutcome",
  "status",
  "errorClass",
  "lane",
  "variant",
  "generation",
  "actionStep",
  "apiKeyId",
  "tags",
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const GRAINS = ["total", "minute", "hour", "day", "week", "month"] as const;
export type Grain = (typeof GRAINS)[number];
