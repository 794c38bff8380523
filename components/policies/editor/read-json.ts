/**
 * JSON with the line of every value, and errors that say where and what to do. `JSON.parse` says "position 417", takes
 * the second of two equal keys without a word, and differs between browsers. Pure.
 */
export type ReadJson =
  | { value: unknown; lines: ReadonlyMap<string, number> }
  /** Lines and columns count from 1. */
  | { error: { line: number; column: number; message: string } };

class Malformed extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

const LITERALS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Deeper than any policy; a thousand opening brackets must not end the page. */
const DEEPEST = 64;

export function readJson(text: string): ReadJson {
  const lines = new Map<string, number>();
  const lineStarts = startsOf(text);
  const lineAt = (at: number) => lineOf(lineStarts, at);
  let at = 0;

  const skip = () => {
    while (at < text.length && /[ \t\n\r]/.test(text[at]!)) at++;
  };
  const expected = (what: string): never => {
    throw new Malformed(
      at,
      at >= text.length
        ? `The text ends here; ${what[0]!.toLowerCase()}${what.slice(1)} is missing.`
        : `${what} is missing here.`,
    );
  };

  function value(path: string, depth: number): unknown {
    skip();
    lines.set(path, lineAt(at));
    if (depth > DEEPEST) throw new Malformed(at, `This is nested more than ${DEEPEST} deep.`);
    const char = text[at];
    if (char === "{") return object(path, depth);
    if (char === "[") return array(path, depth);
    if (char === '"') return string();
    for (const [word, literal] of LITERALS) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return literal;
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(text);
    if (number) {
      at += number[0].length;
      return Number(number[0]);
    }
    if (char === "'") throw new Malformed(at, "Text stands between double quotes in JSON.");
    return expected("A value");
  }

  function object(path: string, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    at++;
    skip();
    if (text[at] === "}") {
      at++;
      return {};
    }
    for (;;) {
      skip();
      const start = at;
      if (text[at] !== '"') {
        if (text[at] === "}") throw new Malformed(at, "Remove the comma before this }.");
        expected('A key in "double quotes"');
      }
      const key = string();
      if (entries.has(key)) throw new Malformed(start, `The key "${key}" is here twice. Keep one.`);
      skip();
      if (text[at] !== ":") expected(`A colon after "${key}"`);
      at++;
      const inner = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      entries.set(key, value(inner, depth + 1));
      lines.set(inner, lineAt(start));
      skip();
      if (text[at] === "}") break;
      if (text[at] !== ",") expected("A comma or }");
      at++;
    }
    at++;
    return Object.fromEntries(entries);
  }

  function array(path: string, depth: number): unknown[] {
    const items: unknown[] = [];
    at++;
    skip();
    if (text[at] === "]") {
      at++;
      return items;
    }
    for (;;) {
      skip();
      if (text[at] === "]") throw new Malformed(at, "Remove the comma before this ].");
      items.push(value(`${path}/${items.length}`, depth + 1));
      skip();
      if (text[at] === "]") break;
      if (text[at] !== ",") expected("A comma or ]");
      at++;
    }
    at++;
    return items;
  }

  function string(): string {
    const start = at;
    at++;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === "\n") throw new Malformed(start, 'The text that begins here has no closing ".');
      at += text[at] === "\\" ? 2 : 1;
    }
    if (at >= text.length) throw new Malformed(start, 'The text that begins here has no closing ".');
    at++;
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      throw new Malformed(start, "This text holds a control character or a \\ that means nothing.");
    }
  }

  try {
    const read = value("", 0);
    skip();
    if (at < text.length) throw new Malformed(at, "Nothing may follow the end of the document.");
    return { value: read, lines };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const line = lineAt(error.at);
    return { error: { line, column: error.at - lineStarts[line - 1]! + 1, message: error.message } };
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Binary search: a policy of thousands of lines is read at every key stroke. */
function lineOf(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The line of a pointer, or of the nearest thing around it: what is missing has no line of its own. */
export function nearestLine(lines: ReadonlyMap<string, number>, pointer: string): number {
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf("/"))) {
    const line = lines.get(path);
    if (line !== undefined) return line;
    if (path === "" || !path.includes("/")) return 1;
  }
}
