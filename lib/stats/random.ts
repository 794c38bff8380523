/**
 * Seeded randomness (sfc32). One generator per named place, e.g. (seed, minute, tenant, endpoint): what happens in one
 * minute never depends on which minutes were asked for before.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  chance(probability: number): boolean;
  /** Whole number in [from, to]. */
  int(from: number, to: number): number;
  /** Log-normal around `median`; sigma 0.5 keeps two thirds within ÷1.65…×1.65. */
  around(median: number, sigma: number): number;
  /** How many of a rare event happen when `mean` are expected. */
  poisson(mean: number): number;
  /** Rank from 0: low ranks come up most, as popular questions do. */
  zipf(count: number): number;
  /** `length` hexadecimal digits. */
  hex(length: number): string;
}

export function randomAt(...place: (string | number)[]): Random {
  let [a, b, c, d] = hash128(place.join("\u0001"));
  const bits = (): number => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  const next = () => bits() / 4_294_967_296;
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    chance: (probability) => next() < probability,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    around: (median, sigma) => median * Math.exp(sigma * normal()),
    poisson: (mean) => {
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
    // Inverse of the continuous 1/x law: cheap, and close enough to Zipf for a demo.
    zipf: (count) => Math.min(count - 1, Math.floor((count + 1) ** next()) - 1),
    hex: (length) => {
      let text = "";
      while (text.length < length) text += bits().toString(16).padStart(8, "0");
      return text.slice(0, length);
    },
  };
}

/** cyrb128: four well-mixed words from any text. */
function hash128(text: string): [number, number, number, number] {
  let h1 = 1_779_033_703;
  let h2 = 3_144_134_277;
  let h3 = 1_013_904_242;
  let h4 = 2_773_480_762;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    h1 = h2 ^ Math.imul(h1 ^ k, 597_399_067);
    h2 = h3 ^ Math.imul(h2 ^ k, 2_869_860_233);
    h3 = h4 ^ Math.imul(h3 ^ k, 951_274_213);
    h4 = h1 ^ Math.imul(h4 ^ k, 2_716_044_179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597_399_067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2_869_860_233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951_274_213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2_716_044_179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
