/**
 * A body of LiteLLM's generic callback → its items. The body is a JSON list, one object, or one object per line, and is
 * always labelled application/json: told apart by looking. A line that is not JSON never costs its neighbours.
 */
import type { Refusal } from "../validate";

type BodyItem = { value: unknown } | { refusal: Refusal };

const lenient = new TextDecoder("utf-8", { ignoreBOM: false });

export function readBodyItems(body: Uint8Array): BodyItem[] {
  const text = lenient.decode(body).trim();
  if (text === "") return [];
  try {
    const whole: unknown = JSON.parse(text);
    return (Array.isArray(whole) ? whole : [whole]).map((value: unknown) => ({ value }));
  } catch (error) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length === 1) return [notJson(error)];
    return lines.map((line) => {
      try {
        return { value: JSON.parse(line) as unknown };
      } catch (cause) {
        return notJson(cause);
      }
    });
  }
}

function notJson(cause: unknown): BodyItem {
  // What the parser quotes may be a prompt: only where it stopped is kept.
  const at = /position \d+(?: \(line \d+ column \d+\))?/.exec(String(cause))?.[0];
  return {
    refusal: { code: "not_json", field: null, message: `This is not JSON${at ? `, at ${at}` : ""}: it was cut off or damaged.` },
  };
}
