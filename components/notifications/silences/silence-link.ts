/** An address that opens the form of a silence with its matchers filled in. Pure. */
import { createSerializer, parseAsArrayOf, parseAsString } from "nuqs";
import type { Matcher } from "@/lib/notifications/routing/schemas";

/** `labels`: "name:value" each; a name holds no colon. `incident`: the key of the one that it was made from. */
export const silenceParsers = {
  rule: parseAsString,
  labels: parseAsArrayOf(parseAsString),
  incident: parseAsString,
};

const serialize = createSerializer(silenceParsers);

export interface SilencePrefill {
  rule: string | null;
  labels: string[] | null;
  incident: string | null;
}

export function silenceHref(labels: Readonly<Record<string, string>>, incidentKey?: string): string {
  const { rule = null, ...others } = labels;
  const named = Object.entries(others).map(([name, value]) => `${name}:${value}`);
  return serialize("/alerts/silences", { rule, labels: named.length > 0 ? named : null, incident: incidentKey ?? null });
}

/** Null: the address asks for none. */
export function matchersOf({ rule, labels }: SilencePrefill): Matcher[] | null {
  const named = (labels ?? []).map((text) => {
    const at = text.indexOf(":");
    return { label: at === -1 ? text : text.slice(0, at), value: at === -1 ? "" : text.slice(at + 1) };
  });
  const all = [...(rule === null ? [] : [{ label: "rule", value: rule }]), ...named];
  return all.length === 0 ? null : all.map(({ label, value }) => ({ label, op: "is", values: [value] }));
}
