import { rateUsage, type PriceBook } from "@/lib/pricing";
import type { SampleEvent } from "../detectors/input";

/** What an event costs at the prices of `at`, nano-USD, by the rating of the product itself; null: it has no price. */
export const priceNow =
  (book: PriceBook, at: number) =>
  (event: SampleEvent): bigint | null => {
    const { pricingState, costNanoUsd } = rateUsage(book, { ...event, occurredAt: at });
    return pricingState === "unpriced" ? null : costNanoUsd;
  };
