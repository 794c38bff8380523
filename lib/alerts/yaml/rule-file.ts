/** Rules as a YAML file, and back. Pure. What is wrong is said with its line, all of it at once. */
import { LineCounter, parseDocument, stringify, type Document } from "yaml";
import { z } from "zod";
import { ruleFieldsSchema, ruleSchema, type AlertRule } from "../rules/schemas";

export interface FiledRule {
  rule: AlertRule;
  enabled: boolean;
  /** Where a field of it stands, from 1; without a name, where it begins. */
  lineOf: (field?: string) => number;
}

export interface FileProblem {
  line: number;
  message: string;
}

export type RuleFile = { rules: FiledRule[]; problems: [] } | { rules: null; problems: [FileProblem, ...FileProblem[]] };

const VERSION = 1;
const fileSchema = z.strictObject({ version: z.literal(VERSION), rules: z.array(z.unknown()).min(1).max(500) });

/** Only what differs from the defaults, in the order of the schema: a file that people can read and compare. */
export function writeRuleFile(rules: readonly { rule: AlertRule; enabled: boolean }[]): string {
  const defaults: Record<string, unknown> = ruleFieldsSchema.parse({ name: "-", metric: "-", condition: { type: "no_data" } });
  const written = rules.map(({ rule, enabled }) => ({
    ...Object.fromEntries(
      Object.keys(ruleFieldsSchema.shape).flatMap((key) => {
        const value = rule[key as keyof AlertRule];
        const usual = key !== "condition" && JSON.stringify(value) === JSON.stringify(defaults[key]);
        return usual ? [] : [[key, value]];
      }),
    ),
    ...(enabled ? {} : { enabled }),
  }));
  return stringify({ version: VERSION, rules: written }, { lineWidth: 0 });
}

export function readRuleFile(text: string): RuleFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken) return failed([{ line: lines.linePos(broken.pos[0]).line, message: broken.message }]);
  const lineAt = (path: readonly PropertyKey[]) => lineOfPath(document, lines, path);
  const file = fileSchema.safeParse(document.toJS({ maxAliasCount: 10 }));
  if (!file.success) return failed(file.error.issues.map((issue) => ({ line: lineAt(issue.path), message: sentence(issue) })));
  const problems: FileProblem[] = [];
  const rules: FiledRule[] = [];
  const names = new Set<string>();
  for (const [index, value] of file.data.rules.entries()) {
    const at = (path: readonly PropertyKey[] = []) => lineAt(["rules", index, ...path]);
    const { enabled = true, ...fields } = isRecord(value) ? value : {};
    const parsed = ruleSchema.safeParse(fields);
    if (!parsed.success)
      problems.push(...parsed.error.issues.map((issue) => ({ line: at(issue.path), message: sentence(issue) })));
    else if (typeof enabled !== "boolean") problems.push({ line: at(["enabled"]), message: "enabled: must be true or false" });
    else if (names.has(parsed.data.name))
      problems.push({ line: at(["name"]), message: `name: "${parsed.data.name}" stands in the file twice` });
    else {
      names.add(parsed.data.name);
      rules.push({ rule: parsed.data, enabled, lineOf: (field) => at(field ? field.split(".") : []) });
    }
  }
  return problems.length > 0 ? failed(problems) : { rules, problems: [] };
}

const failed = (problems: FileProblem[]): RuleFile => ({ rules: null, problems: problems as [FileProblem, ...FileProblem[]] });
const sentence = ({ path, message }: { path: readonly PropertyKey[]; message: string }) =>
  `${path.filter((part) => typeof part !== "number" && part !== "rules").join(".") || "file"}: ${message}`;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Of the deepest node on the path that is there: a field that is missing is reported where it should be. */
function lineOfPath(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = (node as { range?: [number, number, number] | null } | undefined)?.range;
    if (range) return lines.linePos(range[0]).line;
  }
  return 1;
}
