/** Currencies: dated rates of exchange. Amounts are kept in nano-USD; a rate turns them into what is shown and stated. See README.md. */
export { isCurrency } from "./currencies";
export { loadRate } from "./load-rate";
export type { CurrencyRate } from "./load-rate";
export { importFxRates, listFxRates, setFxRates } from "./set-rates";
