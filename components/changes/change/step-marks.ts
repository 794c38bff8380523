/** When each step of a rollout began and when it went back or was promoted, as marks on its charts. Pure. */
import type { RolloutView } from "@/lib/changes/schemas";
import type { Annotation, AnnotationKind } from "@/lib/metrics/annotations";

const KIND: Record<string, AnnotationKind> = { deploying: "rollout", promoted: "promotion", rolling_back: "rollback" };

export function stepMarks({ history }: Pick<RolloutView, "history">): Annotation[] {
  const seen = new Set<string>();
  return history.toReversed().flatMap(({ at, phase, step, reason }) => {
    const kind = KIND[phase];
    const key = `${phase} ${step}`;
    if (!kind || seen.has(key)) return [];
    seen.add(key);
    return [{ at, kind, label: reason }];
  });
}
