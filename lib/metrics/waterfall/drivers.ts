/** What can move cost, in the order in which people read it. Apart from the arithmetic, so that pages stay light. */
export const DRIVERS = ["volume", "mix", "price", "tokens", "cache", "retries", "other"] as const;
export type Driver = (typeof DRIVERS)[number];
