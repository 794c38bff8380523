import type { Ctx } from "@/lib/auth/actor";
import { nanoToUsd } from "@/lib/money";
import { getRequest, type FoundAction } from "@/lib/telemetry/requests";
import type { RequestEvent, StoredRating } from "@/lib/telemetry/requests/schemas";
import { explainCost, type Explanation } from "./explain";

export interface ExplainedRequest {
  requestId: string;
  tenant: string;
  /** In order of attempt. */
  attempts: (RequestEvent & { explanation: Explanation })[];
  /** All attempts together, exact dollars. */
  costUsd: string;
  savedUsd: string;
  action: FoundAction | null;
}

/** One request with every attempt's cost explained line by line. */
export async function explainRequest(ctx: Ctx, id: string, tenant?: string): Promise<ExplainedRequest> {
  const { attempts, ...found } = await getRequest(ctx, id, tenant);
  const explained = await Promise.all(
    attempts.map(async ({ event, rating }) => ({
      ...event,
      explanation: await explainCost(ctx.db, { ...event, ...rating, occurredAt: Date.parse(event.occurredAt) }),
    })),
  );
  const total = (pick: (rating: StoredRating) => bigint) =>
    nanoToUsd(attempts.reduce((sum, { rating }) => sum + pick(rating), 0n));
  return {
    ...found,
    attempts: explained,
    costUsd: total(({ costNanoUsd }) => costNanoUsd),
    savedUsd: total(({ savedNanoUsd }) => savedNanoUsd),
  };
}
