/** Why something is not to be told now: somebody silenced it, or something bigger is known already. */
import { matchesAll, type Labels } from "./match";
import type { Inhibition, Matcher } from "./schemas";

export interface Silence {
  id: string;
  matchers: readonly Matcher[];
  comment: string;
  by: string;
  startsAt: Date;
  endsAt: Date;
}

export interface OpenIncident {
  incidentKey: string;
  title: string;
  labels: Labels;
}

/** Half-open: a silence that ends now is over. */
const isActive = ({ startsAt, endsAt }: Pick<Silence, "startsAt" | "endsAt">, now: Date): boolean =>
  startsAt <= now && now < endsAt;

export function silencedBy(labels: Labels, silences: readonly Silence[], now: Date): Silence | undefined {
  return silences.find((silence) => isActive(silence, now) && matchesAll(silence.matchers, labels));
}

/** An incident does not inhibit itself, nor what is a source of the same rule (two sources would silence each other). */
export function inhibitedBy(
  { incidentKey, labels }: { incidentKey: string | null; labels: Labels },
  inhibitions: readonly Inhibition[],
  open: readonly OpenIncident[],
): OpenIncident | undefined {
  for (const { source, target, equal } of inhibitions) {
    if (!matchesAll(target, labels) || matchesAll(source, labels)) continue;
    const found = open.find(
      (one) =>
        one.incidentKey !== incidentKey &&
        matchesAll(source, one.labels) &&
        equal.every((name) => (one.labels[name] ?? "") === (labels[name] ?? "")),
    );
    if (found) return found;
  }
  return undefined;
}
