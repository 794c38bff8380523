/** What a target is told: an order with a fresh signature, or nothing; and beside it what else it must know. */
import type { ServerResponse } from "node:http";
import type { SyncOutcome } from "@/lib/fleet/sync-targets";
import type { Logger } from "@/lib/log";
import { signDesired, type SyncResponse } from "@/lib/protocol";
import { sendError, sendJson } from "./http-answers";
import type { PayloadCache } from "./payload-cache";
import type { SigningKeys } from "./signing-keys";

/** For how long an order that was put into an answer may be begun. */
const ORDER_GOOD_FOR_MS = 10 * 60_000;

export interface AnswerDeps {
  signing: { current(): SigningKeys };
  payloads: PayloadCache;
  log: Logger;
  /** The longest hold of the next poll. */
  holdMs: number;
  draining: () => boolean;
}

export type DecidedAnswer = Extract<SyncOutcome, { kind: "answer" }>;

/** `decided` null: an empty answer. */
export async function answerTarget(
  { signing, payloads, log, holdMs, draining }: AnswerDeps,
  { targetId, response, keySerial }: { targetId: string; response: ServerResponse; keySerial: number },
  decided: DecidedAnswer | null,
): Promise<void> {
  const now = new Date();
  const keys = signing.current();
  const list = keys.listAfter(keySerial);
  const base: SyncResponse = {
    holdMs,
    serverTime: now.toISOString(),
    ...(decided?.fullState ? { fullState: true } : {}),
    ...(decided?.rotated ? { rotated: decided.rotated } : {}),
    ...(list ? { signingKeys: list } : {}),
  };
  const headers: Record<string, string> = draining() ? { connection: "close" } : {};
  // A target that trusts none of the keys is led to a newer list first.
  const signer = decided?.order ? keys.signerFor(keySerial) : undefined;
  if (!decided?.order || !signer) return sendJson(response, [JSON.stringify(base)], headers);
  const { generation, hash, leaseTtlSec, forced } = decided.order;
  try {
    const bytes = await payloads.get(hash);
    const notAfter = new Date(now.getTime() + ORDER_GOOD_FOR_MS).toISOString();
    const unsigned = { generation, hash, payload: {}, notAfter, leaseTtlSec, ...(forced ? { force: true } : {}) };
    const { payload: _, ...desired } = signDesired(signer, targetId, unsigned);
    // The stored bytes go out as they are: they are shared by many answers and never parsed.
    const head = JSON.stringify({ ...base, desired }).slice(0, -2);
    sendJson(response, [`${head},"payload":`, bytes, "}}"], headers);
  } catch (error) {
    if (await sendError(response, error)) log.error({ err: error, targetId }, "an order could not be answered");
  }
}
