/** Repricing: what a period costs under the prices known now. See README.md. */
export { createRepricing } from "./create-repricing";
export { getKnownCosts } from "./known-costs";
export type { KnownCosts } from "./known-costs";
export { applyRepricing, cancelRepricing } from "./move-repricing";
export { getRepricing, listRepricings } from "./read-repricings";
export { runPiece } from "./run-piece";
