/** What each check says about one answer. The same answer gives the same outcome, but for the judge, which is asked elsewhere. */
import { isDeepStrictEqual } from "node:util";
import { Ajv, type ValidateFunction } from "ajv";
import { isRefusal } from "./refusal";
import { matches } from "./safe-pattern";
import type { Check } from "./schemas";
import { tokenF1 } from "./token-f1";

export interface ModelAnswer {
  text: string;
  toolCalls: readonly { name: string; /** As the model wrote them. */ arguments: string }[];
}

export interface CheckOutcome {
  kind: Check["kind"];
  passed: boolean;
  /** Why not; empty when passed. */
  why: string;
}

type PureCheck = Exclude<Check, { kind: "judge" }>;

export function checkAnswer(check: PureCheck, answer: ModelAnswer): CheckOutcome {
  const why = objection(check, answer);
  return { kind: check.kind, passed: why === null, why: why ?? "" };
}

/** What is wrong with a check itself; null: nothing. Asked when a suite is saved. */
export function checkProblem(check: Check): string | null {
  try {
    if (check.kind === "json_schema") compile(check.schema);
    if (check.kind === "regex") matches(check.pattern, check.flags, "");
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function objection(check: PureCheck, { text, toolCalls }: ModelAnswer): string | null {
  switch (check.kind) {
    case "json_schema":
      return schemaObjection(check.schema, text);
    case "regex":
      return matches(check.pattern, check.flags, text) ? null : `does not match /${check.pattern}/${check.flags}`;
    case "contains": {
      const fold = (value: string) => (check.caseSensitive ? value : value.toLowerCase());
      return fold(text).includes(fold(check.text)) ? null : `does not contain "${check.text}"`;
    }
    case "tool_call":
      return toolObjection(check, toolCalls);
    case "refusal":
      if (isRefusal(text) === check.expected) return null;
      return check.expected ? "answers what it is to refuse" : "refuses what it is to answer";
    case "max_length":
      // Characters as people count them, not UTF-16.
      return [...text].length <= check.characters ? null : `is longer than ${check.characters} characters`;
    case "reference": {
      const f1 = tokenF1(text, check.text);
      return f1 >= check.atLeast ? null : `token F1 ${f1.toFixed(2)} with the reference, below ${check.atLeast}`;
    }
  }
}

function schemaObjection(schema: Record<string, unknown>, text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  const validate = compile(schema);
  if (validate(value)) return null;
  const [first] = validate.errors ?? [];
  return `is JSON of another form: ${first?.instancePath || "it"} ${first?.message ?? "does not fit the schema"}`;
}

function toolObjection({ name, arguments: wanted }: Extract<Check, { kind: "tool_call" }>, calls: ModelAnswer["toolCalls"]) {
  const call = calls.find((one) => one.name === name);
  if (!call) return calls.length === 0 ? "calls no tool" : `calls ${calls.map((one) => one.name).join(", ")}, not ${name}`;
  let given: unknown;
  try {
    given = JSON.parse(call.arguments);
  } catch {
    return `the arguments of ${name} are not JSON`;
  }
  if (typeof given !== "object" || given === null) return `the arguments of ${name} are no object`;
  const values = given as Record<string, unknown>;
  const wrong = Object.entries(wanted).find(([key, value]) => !isDeepStrictEqual(values[key], value));
  return wrong ? `argument ${wrong[0]} of ${name} is ${JSON.stringify(values[wrong[0]]) ?? "absent"}` : null;
}

const compiled = new WeakMap<object, ValidateFunction>();

function compile(schema: Record<string, unknown>): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  // Patterns inside a schema are somebody's patterns too.
  const regExp = Object.assign((pattern: string, flags: string) => ({ test: (text: string) => matches(pattern, flags, text) }), {
    code: "matches",
  });
  const made = new Ajv({ strict: false, code: { regExp } }).compile(schema);
  compiled.set(schema, made);
  return made;
}
