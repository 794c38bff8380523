/** JSON as YAML 1.2 in block style. Strings and keys are always quoted, so that `no`, `1e3` and `:` stay what they are. */
export function toYaml(value: unknown): string {
  return `${lines(value, 0).join("\n")}\n`;
}

function lines(value: unknown, depth: number): string[] {
  const indent = "  ".repeat(depth);
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => {
      const [first, ...rest] = lines(item, depth + 1);
      return [`${indent}- ${first!.trimStart()}`, ...rest];
    });
  }
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0) return [`${indent}${scalar(value)}`];
  return entries.flatMap(([key, item]) => {
    const isBlock = typeof item === "object" && item !== null && Object.keys(item).length > 0;
    const name = `${indent}${JSON.stringify(key)}:`;
    return isBlock ? [name, ...lines(item, depth + 1)] : [`${name} ${scalar(item)}`];
  });
}

/** `1e21` is a string for readers of YAML 1.1; `1.0e+21` is a number for all. */
const scalar = (value: unknown) => JSON.stringify(value).replace(/^(-?\d+)e/, "$1.0e");
