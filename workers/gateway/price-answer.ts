/** What an answer cost, for the header: by the prices in the gateway's own file. Unknown is null, never 0. */
import { costOf, nanoToUsd } from "@/lib/money";
import { readUsage } from "@/lib/telemetry/dialects";
import type { Price } from "./config";

/** Nano-USD; null: no price for it, or no usage. */
export function priceAnswer(
  prices: ReadonlyMap<string, Price>,
  provider: string,
  model: string,
  usage: Record<string, unknown> | null,
): bigint | null {
  const price = prices.get(`${provider}/${model}`);
  const read = price && usage && readUsage("openai", usage);
  if (!price || !read || "code" in read) return null;
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, audioIn, audioOut, image } = read.meters;
  // What has no price of its own would be left out of the sum: then the sum is unknown.
  if (audioIn + audioOut + image + cacheWrite1h > 0) return null;
  return (
    costOf(input, price.input) +
    costOf(cacheRead, price.cacheRead ?? price.input) +
    costOf(cacheWrite5m, price.cacheWrite ?? price.input) +
    costOf(output, price.output)
  );
}

/** For the header; left out when unknown. */
export const costHeader = (nano: bigint | null): { "x-headroom-cost-usd"?: string } =>
  nano === null ? {} : { "x-headroom-cost-usd": nanoToUsd(nano) };
