/** Keys and values of policies as people read them. Without schemas: pages show policies before anything is edited. */
const UNITS: [RegExp, string][] = [
  [/Percent$/, " %"],
  [/Ms$/, " ms"],
  [/Sec$/, " s"],
];
export const unitOf = (key: string) => UNITS.find(([ending]) => ending.test(key))?.[1] ?? "";

export function shown(value: unknown, unit: string): string {
  if (typeof value === "number") return `${value}${unit}`;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return value;
  if (Array.isArray(value))
    return value.length === 0 ? "none" : value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ");
  return JSON.stringify(value);
}

/** `maxOutputTokens` → "max output tokens"; units are said with the number. */
export const words = (key: string) =>
  key
    .replace(/(Percent|Ms|Sec)$/, "")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
