/**
 * A text with holes, filled from a document. Nothing is computed: a hole names a place (a JSON pointer) and how it is
 * written there.
 *
 *   {{json /policy/routing}}   as JSON, which is YAML too
 *   {{text /environment}}      a string, number or boolean as it is, on one line
 *   {{hash}}                   of the payload
 */
export function fillTemplate(template: string, document: unknown, hash: string): { text: string } | { problem: string } {
  const problems: string[] = [];
  const text = template.replaceAll(/\{\{([^{}]*)\}\}/g, (hole, inside: string) => {
    const [word, pointer, ...more] = inside.trim().split(/\s+/);
    if (word === "hash" && pointer === undefined) return hash;
    if ((word !== "json" && word !== "text") || pointer === undefined || more.length > 0) {
      problems.push(`${hole} is no hole of a template: use {{json /a/b}}, {{text /a/b}} or {{hash}}.`);
      return "";
    }
    const found = at(document, pointer);
    if (found === undefined) {
      problems.push(`${hole}: this document has nothing at ${pointer}.`);
      return "";
    }
    if (word === "json") return JSON.stringify(found);
    if (typeof found === "object" || /[\r\n\0]/.test(String(found))) {
      problems.push(`${hole} is not one line of text: use {{json ${pointer}}}.`);
      return "";
    }
    return String(found);
  });
  return problems.length > 0 ? { problem: problems.join(" ") } : { text };
}

/** RFC 6901. */
function at(document: unknown, pointer: string): unknown {
  if (pointer === "/") return document;
  let here: unknown = document;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return pointer.startsWith("/") ? here : undefined;
}
