import type { AnomalyPart, AnomalyView, Watched } from "./schemas";

export const WORDS: Record<Watched, Record<"up" | "down", string>> = {
  cost_usd: { up: "More cost than usual", down: "Less cost than usual" },
  error_rate: { up: "More errors than usual", down: "Fewer errors than usual" },
  retry_rate: { up: "More retries than usual", down: "Fewer retries than usual" },
  quality_rate: { up: "Better quality than usual", down: "Worse quality than usual" },
};

/** What all parts have in common: where to look first. */
export function commonOf(parts: readonly AnomalyPart[]): AnomalyView["common"] {
  const keys = ["provider", "model", "tenant", "endpoint"] as const;
  return Object.fromEntries(
    keys.flatMap((key) => {
      const values = new Set(parts.map((part) => part[key]));
      const [value] = values;
      return values.size === 1 && value ? [[key, value]] : [];
    }),
  );
}
