/** What the API says of rules. Pure: pages import it. */
import { z } from "zod";
import { ruleSchema, type AlertRule } from "./schemas";

export interface RuleView extends AlertRule {
  id: string;
  enabled: boolean;
  version: number;
  /** Of the built-in pack. */
  builtIn: boolean;
  createdBy: string;
  createdAt: string;
  updatedBy: string;
  updatedAt: string;
  deleted: boolean;
  /** When the evaluator last looked, and up to which instant. */
  evaluatedAt: string | null;
  evaluatedTo: string | null;
  /** Why it could not be evaluated last. */
  error: string | null;
  /** Incidents that the reader may see. */
  open: number;
  firedLast30Days: number;
}

export interface RuleDetails extends RuleView {
  versions: { version: number; by: string; at: string; rule: AlertRule }[];
}

export const switchRuleSchema = z.strictObject({ action: z.enum(["enable", "disable", "delete", "restore", "duplicate"]) });

export const updateRuleSchema = z.strictObject({
  baseVersion: z.int().min(1).describe("The version that was edited"),
  rule: ruleSchema,
});
