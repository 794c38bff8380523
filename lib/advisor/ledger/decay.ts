/** Whether what was saved at first is still saved. Pure. */
export interface DecayPoint {
  final: boolean;
  share: number | null;
  lowShare: number | null;
  highShare: number | null;
}

export type Standing =
  /** Nothing was measured yet. */
  | "waiting"
  /** Measured, and its lower bound is not above nothing. */
  | "unproven"
  | "saving"
  /** It surely costs more than before. */
  | "loss"
  /** It surely saves less than half of what it surely saved at first. */
  | "evaporated";

/** In order of time; stretches without a result count for nothing. */
export function standingOf(points: readonly DecayPoint[]): Standing {
  const measured = points.filter((point) => point.lowShare !== null && point.highShare !== null);
  const newest = measured.at(-1);
  if (!newest) return "waiting";
  const first = measured.find(({ lowShare }) => lowShare! > 0);
  if (first && newest !== first && newest.final && newest.highShare! < first.lowShare! / 2) return "evaporated";
  if (newest.highShare! < 0) return "loss";
  return newest.lowShare! > 0 ? "saving" : "unproven";
}
