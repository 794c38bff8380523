/**
 * A pattern that somebody wrote, against a text that a model wrote: together they may take for ever. So it runs in a
 * context of its own that V8 interrupts.
 */
import vm from "node:vm";

const MOST_MS = 100;
const context = vm.createContext(Object.create(null) as object);

/** Throws a SyntaxError for what is no pattern; a match that takes too long is no match. */
export function matches(pattern: string, flags: string, text: string): boolean {
  new RegExp(pattern, flags);
  const program = `new RegExp(${JSON.stringify(pattern)}, ${JSON.stringify(flags)}).test(${JSON.stringify(text)})`;
  try {
    return vm.runInContext(program, context, { timeout: MOST_MS }) === true;
  } catch {
    return false;
  }
}
