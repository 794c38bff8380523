/**
 * Values that Python wrote as text: LiteLLM's legacy payload (`generic_api_use_v1`) sends `str(value)` of everything,
 * e.g. "Usage(completion_tokens=20, prompt_tokens_details=PromptTokensDetailsWrapper(cached_tokens=4))" or "{'a': 'b'}".
 * Only named whole numbers and named short texts are read out of it; nothing is evaluated.
 */

const COUNTS = [
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "input_tokens",
  "output_tokens",
] as const;

/** The usage object behind such a text, or null when it names no tokens. */
export function readPythonUsage(text: string): Record<string, unknown> | null {
  const found = (name: string) => {
    const match = new RegExp(`(?:^|[^a-z_])${name}['"]?\\s*[=:]\\s*(\\d{1,12})(?![\\d.])`).exec(text);
    return match ? Number(match[1]) : undefined;
  };
  const usage: Record<string, unknown> = {};
  for (const name of COUNTS) {
    const count = found(name);
    if (count !== undefined) usage[name] = count;
  }
  const cached = found("cached_tokens");
  const reasoning = found("reasoning_tokens");
  if (cached !== undefined) usage["prompt_tokens_details"] = { cached_tokens: cached };
  if (reasoning !== undefined) usage["completion_tokens_details"] = { reasoning_tokens: reasoning };
  return Object.keys(usage).length > 0 ? usage : null;
}

/** The named texts of a Python dict as text; a name that is absent or None is left out. */
export function readPythonTexts(text: string, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const match = new RegExp(`'${name}':\\s*(?:'([^'\\\\]{1,200})'|"([^"\\\\]{1,200})")`).exec(text);
    const value = match?.[1] ?? match?.[2];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
