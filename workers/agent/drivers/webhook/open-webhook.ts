/**
 * Anything that takes an order by HTTP and can say what is in force. The POST's answer is only "received": applied is
 * what the read-back says, byte for byte in canonical form.
 */
import { randomUUID } from "node:crypto";
import { documentContentSchema } from "@/lib/policies/render/file";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { ApplyStep } from "@/lib/protocol/client";
import { payloadSchema } from "@/lib/protocol/payload";
import type { OpenDriver } from "../driver";
import { ask, AnsweredError, briefly, jsonOf, type Call, type System } from "../foreign/ask";
import { readContent, secretOf } from "../foreign/read-content";
import { inWords, orRestore } from "../foreign/restore";
import { settle } from "../foreign/settle";
import type { WebhookConfig } from "./config";
import { signedHeaders } from "./sign-call";

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

export const openWebhook: OpenDriver<WebhookConfig> = async (config, deps) => {
  const secret = secretOf(deps.env, config.secretEnv, "the secret shared with the webhook's receiver");
  const bearer = config.bearerEnv ? secretOf(deps.env, config.bearerEnv, "the bearer token of the webhook's receiver") : null;
  const system: System = {
    name: "The webhook",
    timeoutMs: config.timeoutSec * 1_000,
    ...(bearer === null ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
    hints: { 401: `check ${config.secretEnv}: the receiver does not accept the signature.` },
    secrets: [secret, ...(bearer === null ? [] : [bearer])],
  };
  const sign = (body: string) => signedHeaders(secret, new Date(deps.clock.wallMs()), body);

  const inForce = async (signal?: AbortSignal, as: System = system): Promise<Record<string, unknown> | null> => {
    const call: Call = { method: "GET", url: new URL(config.readBackUrl), headers: sign(""), accept: [404], signal };
    const answer = await ask(deps, as, call);
    return answer.status === 404 ? null : jsonOf(as, call, answer);
  };

  /** One order: the same idempotency key for all its tries, signed anew each time. */
  const send = async (payload: Record<string, unknown>, step: Pick<ApplyStep, "generation" | "why">, signal: AbortSignal) => {
    const { generation, why } = step;
    const text = JSON.stringify({ target: deps.name, generation, why, hash: canonicalHash(payload), payload });
    const key = randomUUID();
    for (let attempt = 1; ; attempt++) {
      const headers = { ...sign(text), "idempotency-key": key };
      try {
        return await ask(deps, system, { method: "POST", url: new URL(config.url), text, headers, signal });
      } catch (error) {
        signal.throwIfAborted();
        const final = error instanceof AnsweredError && error.status < 500 && error.status !== 429;
        if (final || attempt >= config.tries) throw error;
        const asked = error instanceof AnsweredError && error.retryAfterSec !== null ? error.retryAfterSec * 1_000 : 0;
        await deps.clock.wait(Math.min(LONGEST_BACKOFF_MS, Math.max(asked, FIRST_BACKOFF_MS * 2 ** (attempt - 1))), signal);
      }
    }
  };

  const reach = async (payload: Record<string, unknown>, signal: AbortSignal) => {
    const wanted = canonicalHash(payload);
    const patience = { withinSec: config.convergenceSec, everyMs: LOOK_EVERY_MS, times: 1, signal };
    const different = await settle(deps.clock, patience, async () => {
      const runs = await inForce(signal);
      if (runs === null) return "nothing is in force";
      return canonicalHash(runs) === wanted ? null : `something else is in force (hash ${canonicalHash(runs).slice(0, 12)}…)`;
    });
    if (different === null) return;
    throw new Error(
      `The webhook took the order, and ${config.convergenceSec} s later ${different}, not ${wanted.slice(0, 12)}… (by GET ${config.readBackUrl}).`,
    );
  };

  const apply = async (payload: Record<string, unknown>, step: ApplyStep) => {
    const before = await inForce(step.signal);
    if (before !== null && canonicalHash(before) === canonicalHash(payload)) return;
    step.progress("applying");
    await orRestore(
      deps.log,
      async () => {
        await send(payload, step, step.signal);
        step.progress("warming");
        await reach(payload, step.signal);
      },
      async (signal) => {
        const now = await inForce(signal);
        if (before === null || (now !== null && canonicalHash(now) === canonicalHash(before))) return;
        if (!payloadSchema.safeParse(before).success) throw new Error("What was in force before was no payload of this console.");
        await send(before, { generation: step.generation, why: "revert" }, signal);
        await reach(before, signal);
      },
    );
  };

  return {
    connector: "webhook",
    capabilities: [...new Set([...config.capabilities, "readBack" as const])],
    refuse(payload) {
      const read = readContent("webhook", documentContentSchema, payload);
      return "refusal" in read ? read.refusal : null;
    },
    apply,
    async effectiveHash() {
      const runs = await inForce().catch(() => null);
      return runs === null ? null : canonicalHash(runs);
    },
    async health() {
      const down = await inForce(undefined, briefly(system)).then(() => null, inWords);
      return down === null ? { ok: true, crashes: 0, figures: {} } : { ok: false, reason: down, crashes: 0, figures: {} };
    },
    hardware: () => null,
    close: () => Promise.resolve(),
  };
};
