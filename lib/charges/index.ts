/** Charges: what was charged, per day, meter and unit price; outlives the raw rows. See README.md. */
export { recordCharges } from "./record-charges";
export type { Recorded } from "./record-charges";
export { readCharges } from "./store";
export type { Charge } from "./store";
