/** Tags as a dimension: allow-listed keys only, in the order of the list sorted, `team=cx,env=prod`; "" without any. */
export function tagText(tags: Readonly<Record<string, string>>, sortedKeys: readonly string[]): string {
  let text = "";
  for (const key of sortedKeys) {
    const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
    if (value === undefined) continue;
    // A comma separates tags; one inside a value must not make a second tag.
    text += `${text ? "," : ""}${key}=${value.replaceAll(",", ";")}`;
  }
  return text;
}

/** The order in which tag keys are written, the same in JavaScript and in SQL. */
export const sortTagKeys = (keys: readonly string[]): string[] => [...new Set(keys)].sort();
