/** What happened at a moment that explains a step in a chart: a rollout, a price, an incident. Each concept lists its own. */
import { z } from "zod";
import type { Ctx } from "@/lib/auth/actor";

export const ANNOTATION_KINDS = ["rollout", "promotion", "rollback", "price", "incident"] as const;
export type AnnotationKind = (typeof ANNOTATION_KINDS)[number];

export interface Annotation {
  /** ISO. */
  at: string;
  kind: AnnotationKind;
  /** One sentence for people. */
  label: string;
  /** Where it is told in full. */
  href?: string;
}

export const annotationPeriodSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }).describe("Inclusive start"),
    to: z.iso.datetime({ offset: true }).describe("Exclusive end"),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], error: "must be after `from`" });

export interface AnnotationPeriod {
  from: Date;
  to: Date;
}

/** Only what the actor may see: the source holds to it, not who draws. */
export type AnnotationSource = (ctx: Ctx, period: AnnotationPeriod) => Promise<Annotation[]>;

/** More cannot be told apart on a chart; the newest are kept. */
const MOST = 300;

/** What every source has to say about a period, oldest first. */
export async function readAnnotations(
  ctx: Ctx,
  sources: readonly AnnotationSource[],
  input: z.input<typeof annotationPeriodSchema>,
): Promise<Annotation[]> {
  const { from, to } = annotationPeriodSchema.parse(input);
  const period = { from: new Date(from), to: new Date(to) };
  const found = await Promise.all(sources.map((source) => source(ctx, period)));
  return found
    .flat()
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .slice(-MOST);
}
