/**
 * Carries one claimed benchmark out. What is stored is not sent again, so that a worker that follows a killed one sends the rest.
 *
 *   find the place → warm-ups that are missing → measured requests that are missing, so many at a time → end it
 */
import type { Actor, Ctx } from "@/lib/auth/actor";
import type { Db } from "@/lib/db";
import { requireAllowed } from "@/lib/evaluations/endpoint-guard";
import {
  costOfTokens,
  finishBenchmark,
  promptFor,
  readSamples,
  storeSample,
  type BenchmarkEnd,
  type ClaimedBenchmark,
} from "@/lib/advisor/benchmark";
import type { BenchmarkSample } from "@/lib/advisor/benchmark/schemas";
import type { Logger } from "@/lib/log";
import { loadPriceBook } from "@/lib/pricing";
import { inLanes } from "../in-lanes";
import { streamChat, type ChatPlace } from "./stream-chat";

export interface BenchmarkDeps {
  db: Db;
  log: Logger;
  actor: Actor;
  hosts: readonly string[];
  apiKey: string | undefined;
  /** Where a gateway of the demo listens; absent: gateways cannot be asked by name. */
  openGateway: ((name: string) => Promise<{ baseUrl: string; apiKey: string }>) | undefined;
  timeoutMs: number;
  leaseMs: number;
  /** After each request. */
  beat: () => void;
}

/** Nothing is learnt from a place whose first answers are all failures. */
const SILENT_AFTER = 10;

/** Not ours any more: cancelled, or another worker has it. */
class Lost extends Error {}
class Ended extends Error {
  constructor(readonly end: BenchmarkEnd) {
    super(end.reason ?? end.status);
  }
}

/** `lost`: somebody else ends it. Rejects when `signal` aborts and on errors of the database; then it is resumed later. */
export async function runBenchmark(deps: BenchmarkDeps, run: ClaimedBenchmark, signal: AbortSignal): Promise<"ended" | "lost"> {
  const ending = (end: BenchmarkEnd) => {
    const ctx: Ctx = { actor: deps.actor, db: deps.db, now: new Date(), log: deps.log };
    return finishBenchmark(ctx, run, end);
  };
  try {
    await sendMissing(deps, run, await findPlace(deps, run), signal);
    return (await ending({ status: "done", reason: null })) ? "ended" : "lost";
  } catch (error) {
    if (error instanceof Lost) return "lost";
    if (error instanceof Ended) return (await ending(error.end)) ? "ended" : "lost";
    throw error;
  }
}

async function findPlace({ openGateway, hosts, apiKey }: BenchmarkDeps, { order }: ClaimedBenchmark): Promise<ChatPlace> {
  const { endpoint } = order;
  try {
    if (endpoint.kind === "url") {
      // Again: the list may have become shorter since it was ordered.
      requireAllowed(endpoint, hosts);
      return { baseUrl: endpoint.baseUrl, apiKey, hosts };
    }
    if (!openGateway) throw new Error("only gateways of the demo can be asked by name.");
    const opened = await openGateway(endpoint.name);
    return { ...opened, hosts: [new URL(opened.baseUrl).host] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Ended({ status: "failed", reason: `It cannot be asked: ${why}` });
  }
}

async function sendMissing(deps: BenchmarkDeps, run: ClaimedBenchmark, place: ChatPlace, signal: AbortSignal): Promise<void> {
  const { order, price, capNano } = run;
  const book = price ? await loadPriceBook(deps.db) : null;
  const stored = await readSamples(deps.db.prisma, run.id);
  const known = new Set(stored.map(({ seq }) => seq));
  const total = order.warmUps + order.runs;
  const heard = { all: 0, silent: 0, nano: 0n };
  const count = ({ seq, error, costNanoUsd }: BenchmarkSample) => {
    heard.all += 1;
    heard.silent += error === null ? 0 : 1;
    heard.nano += costNanoUsd ?? 0n;
    if (error !== null && heard.all >= SILENT_AFTER && heard.silent === heard.all) {
      throw new Ended({ status: "failed", reason: `It answers nothing. ${error}` });
    }
    if (capNano !== null && heard.nano >= capNano && seq < total - 1) {
      throw new Ended({ status: "stopped", reason: `It has cost what was agreed to, after ${heard.all} of ${total} requests.` });
    }
  };
  for (const sample of stored) count(sample);

  const send = async (seq: number, until: AbortSignal) => {
    const question = { model: order.model, prompt: promptFor(run.id, seq, order.promptTokens), maxTokens: order.maxTokens };
    const answer = await streamChat(place, question, { timeoutMs: deps.timeoutMs, signal: until });
    const tokens = { in: answer.tokensIn, out: answer.tokensOut };
    const costNanoUsd = book && price && !answer.fromCache ? costOfTokens(book, price, tokens, Date.now()) : null;
    const sample: BenchmarkSample = { seq, ...answer, costNanoUsd };
    const at = new Date();
    const leaseUntil = new Date(at.getTime() + deps.leaseMs);
    if (!(await storeSample(deps.db, run, sample, { at, leaseUntil }))) throw new Lost();
    deps.beat();
    count(sample);
  };
  const missing = Array.from({ length: total }, (_, seq) => seq).filter((seq) => !known.has(seq));
  // No warm-up runs beside a measured request.
  const phases = [missing.filter((seq) => seq < order.warmUps), missing.filter((seq) => seq >= order.warmUps)];
  for (const seqs of phases) await inLanes(seqs, order.concurrency, signal, send);
}
