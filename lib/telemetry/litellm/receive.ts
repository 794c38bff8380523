/**
 * The door of LiteLLM's callback. LiteLLM clears its queue whatever we answer, so nothing is refused that could be kept:
 * the body is stored as it came and answered; reading it is the worker's work (workers/litellm).
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Ctx } from "@/lib/auth/actor";
import { readBody } from "../read-body";
import { keepDelivery } from "./store";

/** 512 logs a flush, each with its prompt and answer; a body that is refused is lost. */
const MAX_BYTES = 64 * 1024 * 1024;
const compress = promisify(gzip);

export async function receiveLitellm(ctx: Ctx, request: Request): Promise<{ bytes: number }> {
  const body = await readBody(request, MAX_BYTES);
  if (body.byteLength > 0) {
    const receivedAt = ctx.now.getTime();
    await keepDelivery(ctx.db.pool, {
      receivedAt,
      dueAt: receivedAt,
      apiKeyId: ctx.actor.kind === "api_key" ? ctx.actor.id : null,
      tenants: ctx.actor.tenants,
      traceId: null,
      body: await compress(body, { level: 1 }),
    });
  }
  return { bytes: body.byteLength };
}
