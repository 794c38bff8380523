/**
 * What a change saved, from requests with it (treated) and without it (control), on cost per successful request. Pure.
 *
 *   saved = Σ_h n_h · (c_h − t_h)     over strata h in which both arms had successes
 *
 * n_h: treated successes; c_h, t_h: cost per success of control and treated, failures included in the cost. A stratum is a
 * tenant and route in one hour (or in one hour of the week, where the control is what was before), so that neither another
 * mix nor another time of day looks like a saving.
 *
 * The interval is the delete-a-group jackknife of saved ÷ n with Student's t: groups are random tenths of users' actions
 * where both arms ran side by side, and days where they ran one after the other. Requests of one action (or day) stand or
 * fall together in it.
 */
import { studentQuantile } from "@/lib/stats/student-t";

/** Sums of one group in one stratum and arm. Statistics: exact to 2^53 nano-USD, nine million dollars. */
export interface SavingCell {
  stratum: string;
  arm: "treated" | "control";
  group: string;
  costNanoUsd: number;
  successes: number;
}

export interface MeasuredSaving {
  savingNanoUsd: number;
  lowNanoUsd: number;
  highNanoUsd: number;
  /** Of what the treated requests would have cost; null: that was nothing. */
  share: number | null;
  lowShare: number | null;
  highShare: number | null;
  treatedSuccesses: number;
  controlSuccesses: number;
}

export type Measurement = MeasuredSaving | { tooFew: string };

const CONFIDENCE = 0.95;
const FEWEST_SUCCESSES = 30;
const FEWEST_GROUPS = 5;

/** `paired`: groups exist in both arms and are left out of both; else each arm has its own. */
export function measureSaving(cells: readonly SavingCell[], { paired }: { paired: boolean }): Measurement {
  const strata = bothArms(cells);
  const inside = cells.filter(({ stratum }) => strata.has(stratum));
  const successes = (arm: SavingCell["arm"]) => inside.reduce((sum, cell) => sum + (cell.arm === arm ? cell.successes : 0), 0);
  const [treated, control] = [successes("treated"), successes("control")];
  const fewest = Math.min(treated, control);
  if (fewest < FEWEST_SUCCESSES) {
    return {
      tooFew: `Only ${fewest} successes of ${treated <= control ? "changed" : "unchanged"} requests are comparable; ${FEWEST_SUCCESSES} are needed.`,
    };
  }
  const sets = paired ? [groupsOf(inside)] : [groupsOf(inside, "treated"), groupsOf(inside, "control")];
  const groups = Math.min(...sets.map((set) => set.length));
  if (groups < FEWEST_GROUPS) {
    const what = `${paired ? "group" : "day"}${groups === 1 ? "" : "s"}${paired ? " of actions" : ""}`;
    return { tooFew: `Only ${groups} ${what} can be compared; ${FEWEST_GROUPS} are needed.` };
  }
  const whole = perSuccess(inside, () => true)!;
  let variance = 0;
  for (const [index, set] of sets.entries()) {
    const arm = paired ? null : index === 0 ? "treated" : "control";
    const without = set.map(
      (group) => (perSuccess(inside, (cell) => cell.group !== group || (arm !== null && cell.arm !== arm)) ?? whole).saving,
    );
    const mean = without.reduce((sum, one) => sum + one, 0) / without.length;
    variance += ((set.length - 1) / set.length) * without.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  }
  const half = studentQuantile((1 + CONFIDENCE) / 2, groups - 1) * Math.sqrt(variance);
  const would = whole.would * treated;
  const ofAll = (each: number) => each * treated;
  const shareOf = (each: number) => (would > 0 ? ofAll(each) / would : null);
  return {
    savingNanoUsd: Math.round(ofAll(whole.saving)),
    lowNanoUsd: Math.floor(ofAll(whole.saving - half)),
    highNanoUsd: Math.ceil(ofAll(whole.saving + half)),
    share: shareOf(whole.saving),
    lowShare: shareOf(whole.saving - half),
    highShare: shareOf(whole.saving + half),
    treatedSuccesses: treated,
    controlSuccesses: control,
  };
}

/**
 * What is booked of it: the lower bound, and nothing while that is not above zero. A change that surely costs more is
 * booked at what it surely costs, as a loss.
 */
export function bookedOf(measured: Measurement): number {
  if ("tooFew" in measured) return 0;
  if (measured.highNanoUsd < 0) return measured.highNanoUsd;
  return Math.max(0, measured.lowNanoUsd);
}

interface Sums {
  cost: number;
  successes: number;
}

/** Per treated success: what was saved, and what it would have cost. Null: nothing is comparable. */
function perSuccess(cells: readonly SavingCell[], keep: (cell: SavingCell) => boolean): { saving: number; would: number } | null {
  const strata = new Map<string, Record<SavingCell["arm"], Sums>>();
  for (const cell of cells) {
    if (!keep(cell)) continue;
    let stratum = strata.get(cell.stratum);
    if (!stratum)
      strata.set(cell.stratum, (stratum = { treated: { cost: 0, successes: 0 }, control: { cost: 0, successes: 0 } }));
    stratum[cell.arm].cost += cell.costNanoUsd;
    stratum[cell.arm].successes += cell.successes;
  }
  let [saved, would, n] = [0, 0, 0];
  for (const { treated, control } of strata.values()) {
    if (treated.successes === 0 || control.successes === 0) continue;
    const expected = (control.cost / control.successes) * treated.successes;
    saved += expected - treated.cost;
    would += expected;
    n += treated.successes;
  }
  return n === 0 ? null : { saving: saved / n, would: would / n };
}

function bothArms(cells: readonly SavingCell[]): Set<string> {
  const seen = (arm: SavingCell["arm"]) =>
    new Set(cells.filter((cell) => cell.arm === arm && cell.successes > 0).map(({ stratum }) => stratum));
  const control = seen("control");
  return new Set([...seen("treated")].filter((stratum) => control.has(stratum)));
}

const groupsOf = (cells: readonly SavingCell[], arm?: SavingCell["arm"]): string[] => [
  ...new Set(cells.filter((cell) => arm === undefined || cell.arm === arm).map(({ group }) => group)),
];
