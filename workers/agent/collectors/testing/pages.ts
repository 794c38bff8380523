/** Pages of metrics as exporters write them, and what they become after a while. */
import fs from "node:fs";
import path from "node:path";

export function fixture(name: string): string {
  return fs.readFileSync(path.join(import.meta.dirname, "fixtures", name), "utf8");
}

/**
 * Add to every series whose line begins so: `{"vllm:prompt_tokens_total": 100}`. A beginning ends at the name's end, or
 * within its labels. Throws when a beginning fits nothing: a test that changes nothing tests nothing.
 */
export function advance(text: string, changes: Record<string, number>): string {
  const unused = new Set(Object.keys(changes));
  const lines = text.split("\n").map((line) => {
    for (const [start, added] of Object.entries(changes)) {
      const fits = line.startsWith(start) && (start.includes("{") || /^[ {]/.test(line.slice(start.length)));
      if (!fits) continue;
      unused.delete(start);
      const at = line.lastIndexOf(" ");
      return `${line.slice(0, at)} ${Number(line.slice(at + 1)) + added}`;
    }
    return line;
  });
  if (unused.size > 0) throw new Error(`No series begins with ${[...unused].join(", ")}`);
  return lines.join("\n");
}

/** The page of a process that has only just started: every counter at zero, then `advance`d. */
export function restarted(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) (?:counter|histogram)$/gm)].map((match) => match[1]!));
  return text.replace(/^(\w[\w:]*)(\{.*\})? \S+$/gm, (line, name: string, labels: string | undefined) =>
    counters.has(name) || counters.has(name.replace(/_(bucket|sum|count)$/, "")) ? `${name}${labels ?? ""} 0` : line,
  );
}
