/** Which terms speak for an hour, a pool, a node or a region: the narrower one wins, then the later one. Pure. */
import type { CommittedTerm, EnergyRates, Sharing, Term, TermKind, TermOf } from "./schemas";

export const inForce = (term: Pick<Term, "effectiveFrom" | "effectiveTo">, at: number): boolean =>
  (term.effectiveFrom === null || term.effectiveFrom.getTime() <= at) &&
  (term.effectiveTo === null || at < term.effectiveTo.getTime());

/** Before any was set: nothing is added, nothing is charged, nothing is emitted that nobody stated. */
const NO_ENERGY: EnergyRates = { pue: "1", usdPerKwh: "0", kgCo2PerKwh: "0" };

const of = <K extends TermKind>(terms: readonly Term[], kind: K): Term<Extract<TermOf, { kind: K }>>[] =>
  terms.filter((term): term is Term<Extract<TermOf, { kind: K }>> => term.terms.kind === kind);

export const committedTerms = (terms: readonly Term[]): CommittedTerm[] => [...of(terms, "reserved"), ...of(terms, "owned")];

function narrowest<T extends TermOf>(terms: readonly Term<T>[], isNarrow: (terms: T) => boolean): T | undefined {
  const ordered = [...terms].sort(
    (a, b) =>
      Number(isNarrow(b.terms)) - Number(isNarrow(a.terms)) ||
      (b.effectiveFrom?.getTime() ?? -Infinity) - (a.effectiveFrom?.getTime() ?? -Infinity) ||
      (a.id < b.id ? 1 : -1),
  );
  return ordered[0]?.terms;
}

export function energyRatesOf(terms: readonly Term[]): (region: string | null) => EnergyRates {
  const known = of(terms, "energy");
  return (region) =>
    narrowest(
      known.filter((term) => term.terms.region === null || term.terms.region === region),
      (each) => each.region !== null,
    ) ?? NO_ENERGY;
}

export const idleTermOf = (terms: readonly Term[], pool: string) =>
  narrowest(
    of(terms, "idle").filter((term) => term.terms.pool === null || term.terms.pool === pool),
    (each) => each.pool !== null,
  );

/** One line a name; a pool's own line takes the place of the one for every pool. */
export function extraLinesOf(terms: readonly Term[], pool: string) {
  const lines = of(terms, "line").filter((term) => term.terms.pool === null || term.terms.pool === pool);
  return [...new Set(lines.map((term) => term.terms.name))].sort().map((name) =>
    narrowest(
      lines.filter((term) => term.terms.name === name),
      (each) => each.pool !== null,
    )!,
  );
}

export function sharingOf(terms: readonly Term[]): (node: string) => Sharing | undefined {
  const known = of(terms, "sharing");
  return (node) =>
    narrowest(
      known.filter((term) => term.terms.node === node),
      () => true,
    );
}
