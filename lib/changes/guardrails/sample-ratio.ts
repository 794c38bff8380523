/**
 * Did the split send as many requests to the canary as planned? If not, the arms are not comparable, whatever they show.
 * The same kind of evidence as for counts: under the plan each request of a block is the canary's with chance `share`; the
 * alternatives multiply its odds. Sticky keys bring many requests each, so the exponent is divided by φ, the requests a key.
 */
import { logMeanExp } from "./count-evidence";

export interface SplitBlock {
  /** Planned share of the canary in this block, 0..1. */
  share: number;
  canary: number;
  baseline: number;
}

const ODDS = [0.5, 0.7, 0.85, 1.18, 1.43, 2];

/** ln of the e-value against "split as planned". A mismatch at ≥ ln(1/α). */
export function splitEvidence(blocks: readonly SplitBlock[], dispersion: number): number {
  return logMeanExp(
    ODDS.map((odds) => {
      let log = 0;
      for (const { share, canary, baseline } of blocks) {
        if (share <= 0 || share >= 1) continue;
        log += canary * Math.log(odds) - (canary + baseline) * Math.log(1 + share * (odds - 1));
      }
      return log / dispersion;
    }),
  );
}
