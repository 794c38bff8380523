import { requireWorkspaceAdmin, requireRole, type Ctx } from "@/lib/auth/actor";
import { appendAuditRaw } from "@/lib/audit/append";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { checkRule } from "../rules/check-rule";
import { listRules } from "../rules/read-rules";
import { ruleSchema, type AlertRule } from "../rules/schemas";
import { saveVersion } from "../rules/update-rule";
import { findRules, insertRule, lockRule } from "../store/rules";
import { readRuleFile, writeRuleFile, type FileProblem } from "./rule-file";

export interface ImportResult {
  created: string[];
  updated: string[];
  unchanged: string[];
}

/** The rules that the reader may see, as a file. */
export async function exportRules(ctx: Ctx): Promise<string> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const { rules } = await listRules(ctx);
  return writeRuleFile(rules.map((view) => ({ rule: ruleOf(view), enabled: view.enabled })));
}

/**
 * All of a file or nothing: a rule is known by its name, a new name is a new rule, and what is not in the file stays. Every
 * bad line is named.
 */
export async function importRules(ctx: Ctx, text: string): Promise<ImportResult> {
  requireWorkspaceAdmin(ctx);
  const file = readRuleFile(text);
  if (file.rules === null) throw refusal(file.problems);
  const problems: FileProblem[] = [];
  for (const { rule, lineOf } of file.rules) {
    await checkRule(ctx, rule).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      problems.push({ line: lineOf(error.details.field), message: error.message });
    });
  }
  if (problems.length > 0) throw refusal(problems);
  const known = new Map((await findRules(ctx.db.pool, null, ctx.now)).map((view) => [view.name, view]));
  const result: ImportResult = { created: [], updated: [], unchanged: [] };
  await withTransaction(ctx.db.pool, async (client) => {
    for (const { rule, enabled } of file.rules) {
      const there = known.get(rule.name);
      if (!there) {
        await insertRule(client, { rule, enabled, packId: null, byName: ctx.actor.name, at: ctx.now });
        result.created.push(rule.name);
      } else if (JSON.stringify(ruleOf(there)) === JSON.stringify(rule)) {
        result.unchanged.push(rule.name);
      } else {
        const stored = await lockRule(client, there.id);
        if (!stored) throw new AppError("conflict", `"${rule.name}" was changed meanwhile. Import again.`);
        await saveVersion(client, ctx, stored, rule);
        result.updated.push(rule.name);
      }
    }
    await appendAuditRaw(client, ctx, { action: "alert_rule.import", subject: "alert_rule:file", data: { ...result } });
  });
  return result;
}

function refusal(problems: readonly FileProblem[]): AppError {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  return new AppError("invalid", sorted.map(({ line, message }) => `Line ${line}: ${message}`).join("\n"), {
    problems: sorted.map(({ line, message }) => ({ field: `line ${line}`, message })),
  });
}

/** Without what the API adds. */
const ruleOf = (view: AlertRule): AlertRule => {
  const keys = Object.keys(ruleSchema.shape);
  return ruleSchema.parse(Object.fromEntries(keys.map((key) => [key, view[key as keyof AlertRule]])));
};
