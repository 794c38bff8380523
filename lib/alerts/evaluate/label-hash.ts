import { createHash } from "node:crypto";
import type { Labels } from "./read-observations";

/** With the rule it names an alert: the same labels in any order are one. */
export function labelHash(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 32);
}

/** What PagerDuty, grouping and the delivery log know an alert by: rule + label hash. */
export const incidentKeyOf = (ruleId: string, hash: string): string => `alert:${ruleId}:${hash}`;
