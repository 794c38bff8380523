/** Calculators: what levers would save, by formula. See README.md. */
export { calculateById, findCalculator, listCalculators } from "./by-id";
export { calculateSchema } from "./calculate";
export { ownNumbers } from "./own-numbers";
export { calculationCsv } from "./to-csv";
