/** Who has something to say on charts. A further one is a line here. */
import { listIncidentMarks } from "@/lib/alerts";
import { listRolloutMarks } from "@/lib/changes/store";
import type { AnnotationSource } from "@/lib/metrics/annotations";
import { listPriceChanges } from "@/lib/pricing";

const priceChanges: AnnotationSource = async (ctx, { from, to }) => {
  const changes = await listPriceChanges(ctx, { from: from.toISOString(), to: to.toISOString() });
  return changes.map(({ at, sentence }) => ({ at: at.toISOString(), kind: "price", label: sentence, href: "/pricing" }));
};

export const ANNOTATION_SOURCES: readonly AnnotationSource[] = [priceChanges, listRolloutMarks, listIncidentMarks];
