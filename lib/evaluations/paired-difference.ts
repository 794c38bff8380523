/**
 * How much better or worse the candidate is, and how sure that is. Both arms answer the same prompts, so pairs are compared.
 *
 *   a both right · b only the candidate · c only the baseline · d both wrong;  p₁ = (a+b)/n, p₂ = (a+c)/n, D = p₁ − p₂
 *   Wilson:   (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n)  →  l₁, u₁ and l₂, u₂
 *   Newcombe's method 10 for paired shares (square and add):
 *     lower = D − √((p₁−l₁)² − 2φ(p₁−l₁)(u₂−p₂) + (u₂−p₂)²)
 *     upper = D + √((p₂−l₂)² − 2φ(p₂−l₂)(u₁−p₁) + (u₁−p₁)²)
 *   φ = (ad − bc) ÷ √((a+b)(c+d)(a+c)(b+d)); a positive numerator is lessened by n/2, not below 0; nothing to divide by: 0
 *
 * z = 1.6449: each bound by itself holds in 95 % of suites. It stays a bound where all are right: 40 of 40 in both arms
 * says "less than 6.3 points worse", not "the same".
 */
const Z = 1.644_853_627;

export interface Pairs {
  both: number;
  onlyCandidate: number;
  onlyBaseline: number;
  neither: number;
}

export interface Difference {
  baseline: number;
  candidate: number;
  difference: number;
  lower: number;
  upper: number;
}

/** Of no pairs at all: nothing is known, from all worse to all better. */
export function pairedDifference({ both: a, onlyCandidate: b, onlyBaseline: c, neither: d }: Pairs): Difference {
  const n = a + b + c + d;
  if (n === 0) return { baseline: 0, candidate: 0, difference: 0, lower: -1, upper: 1 };
  const [p1, p2] = [(a + b) / n, (a + c) / n];
  const [one, two] = [wilson(p1, n), wilson(p2, n)];
  const below = Math.sqrt((a + b) * (c + d) * (a + c) * (b + d));
  const cross = a * d - b * c;
  const phi = below === 0 ? 0 : (cross > 0 ? Math.max(0, cross - n / 2) : cross) / below;
  const reach = (x: number, y: number) => Math.sqrt(Math.max(0, x * x - 2 * phi * x * y + y * y));
  const difference = (b - c) / n;
  return {
    baseline: p2,
    candidate: p1,
    difference,
    lower: difference - reach(p1 - one.lower, two.upper - p2),
    upper: difference + reach(p2 - two.lower, one.upper - p1),
  };
}

function wilson(p: number, n: number): { lower: number; upper: number } {
  const z2 = Z * Z;
  const centre = p + z2 / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  // Rounding must not put a bound on the wrong side of what was seen.
  return { lower: Math.min(p, (centre - half) / (1 + z2 / n)), upper: Math.max(p, (centre + half) / (1 + z2 / n)) };
}
