/** Whether the small model's answer is good enough. */
import type { Escalation } from "./schemas";

export interface Answer {
  text: string;
  /** OpenAI's finish_reason. */
  finishReason: string | null;
  /** The request asked for JSON. */
  jsonWanted: boolean;
  /** It called a tool: then it is not judged by its text. */
  calledTools: boolean;
}

/** Why the large model is to answer instead; null when the answer stands. */
export function escalationReason(when: Escalation, answer: Answer): string | null {
  if (when.truncated && answer.finishReason === "length") return "truncated";
  if (answer.calledTools) return null;
  if (when.invalidJson && answer.jsonWanted && !isJson(answer.text)) return "invalid JSON";
  if (when.shorterThanChars !== null && answer.text.trim().length < when.shorterThanChars) return "too short";
  const said = answer.text.toLowerCase();
  const phrase = when.phrases.find((text) => said.includes(text.toLowerCase()));
  return phrase === undefined ? null : `says ${JSON.stringify(phrase)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
