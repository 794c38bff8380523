/**
 * One long poll of one target:
 *
 *   arrived ─ body, token ─► verified ─ batch ─► decided ┬─ offer, empty, refused ─► answered
 *                                                        └─ hold ─► parked ┬─ hint, sweep ─► decided again
 *                                                                          ├─ hold over, newer word, drain ─► answered empty
 *                                                                          └─ target hangs up ─► gone
 *
 * Invariants: at most one parked poll a target; a parked poll holds its response and two numbers, not its request; what
 * counts is in PostgreSQL, so any number of these may run and any may die. Overload answers 503 with Retry-After: for a
 * target that changes nothing.
 */
import { randomUUID } from "node:crypto";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { enrolTarget } from "@/lib/fleet/enrol-target";
import { syncTargets, type SyncOutcome } from "@/lib/fleet/sync-targets";
import { findDue } from "@/lib/fleet/sync-store";
import { AppError } from "@/lib/http";
import type { Logger } from "@/lib/log";
import { enrolRequestSchema, signDesired, syncRequestSchema, type EnrolResponse, type SyncResponse } from "@/lib/protocol";
import { startBeat } from "./beat";
import { createFleetMetrics } from "./fleet-metrics";
import { hearDesired } from "./hear-desired";
import { parseJson, readBody, sendError, sendJson, sendRefusal } from "./http-answers";
import { createPayloadCache } from "./payload-cache";
import { keepSigningKeys } from "./keep-signing-keys";
import { createSyncBatches } from "./sync-batches";
import { createWordVerifier } from "./verify-word";

const MOST_SYNC_BYTES = 64 * 1024;
const MOST_ENROL_BYTES = 32 * 1024;
/** More than this waits to be decided: about five seconds of work. */
const MOST_WAITING = 8_000;
/** One target that asks more often than this in ten seconds is told to wait: a fault of its program. */
const MOST_WORDS = 40;
const WORDS_WINDOW_MS = 10_000;
const MOST_ENROLLING = 20;
/** Sockets; above it the kernel's queue and the targets' patience take over. */
const MOST_CONNECTIONS = 20_000;
/** A mass change goes out at 2,500 targets a second, so that the acks of the first find room among the last. */
const WAKES_A_TURN = 250;
const TURN_MS = 100;
/** Hints can get lost; this often everybody who is parked is looked at. */
const SWEEP_MS = 20_000;
/** For how long an order that was put into an answer may be begun. */
const ORDER_GOOD_FOR_MS = 10 * 60_000;
const RETRY_AFTER_SEC = 5;

export interface FleetServerOptions {
  databaseUrl: string;
  /** Holds the signing keys. */
  dataDir: string;
  host: string;
  port: number;
  log: Logger;
  /** Middle of the hold; each is up to a fifth longer or shorter. Default 50 s. */
  holdMs?: number;
}

export interface FleetServer {
  port: number;
  /** Parked polls get an empty answer, what is being decided is finished. */
  close(): Promise<void>;
}

interface Parked {
  bootId: string;
  seq: number;
  keySerial: number;
  response: ServerResponse;
  timer: NodeJS.Timeout;
}

export async function startFleetServer(options: FleetServerOptions): Promise<FleetServer> {
  const { log, holdMs = 50_000 } = options;
  const longestHoldMs = Math.round(holdMs * 1.2);
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: 4,
    application_name: "headroom-fleet",
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
  });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));

  const signing = keepSigningKeys(options.dataDir, log);
  const verifier = createWordVerifier(pool);
  const payloads = createPayloadCache(pool);
  const parked = new Map<string, Parked>();
  const toWake = new Set<string>();
  /** Words in hand; true when a hint came meanwhile, so that none falls between deciding and parking. */
  const deciding = new Map<string, boolean>();
  /** Words of each target in this window. */
  const lately = new Map<string, number>();
  const windows = setInterval(() => lately.clear(), WORDS_WINDOW_MS);
  let enrolling = 0;
  let draining = false;
  const metrics = createFleetMetrics({
    parked: () => parked.size,
    waiting: () => batches.waiting(),
    listening: () => ear.connected(),
  });
  const batches = createSyncBatches(
    (items) => syncTargets(pool, items, new Date()),
    (size, tookMs) => {
      metrics.batchSize.observe(size);
      metrics.batchSeconds.observe(tookMs / 1_000);
    },
  );
  const ear = hearDesired(options.databaseUrl, {
    log,
    hint: (targetId) => wake(targetId),
    connected: () => {
      for (const targetId of parked.keys()) wake(targetId);
    },
  });

  const unpark = (targetId: string, poll: Parked) => {
    clearTimeout(poll.timer);
    if (parked.get(targetId) === poll) parked.delete(targetId);
  };

  const park = (targetId: string, poll: Omit<Parked, "timer">, atMostMs: number) => {
    if (poll.response.destroyed) return;
    const earlier = parked.get(targetId);
    if (earlier) {
      unpark(targetId, earlier);
      void answer(targetId, earlier, null);
    }
    const waitMs = Math.min(atMostMs, holdMs * (0.8 + Math.random() * 0.4));
    const timer = setTimeout(() => {
      unpark(targetId, entry);
      void answer(targetId, entry, null);
    }, waitMs);
    const entry: Parked = { ...poll, timer };
    parked.set(targetId, entry);
    poll.response.once("close", () => unpark(targetId, entry));
  };

  /** An offer, or an empty answer. `more`: what else it is told. */
  const answer = async (
    targetId: string,
    { response, keySerial }: Pick<Parked, "response" | "keySerial">,
    outcome: Extract<SyncOutcome, { kind: "answer" }> | null,
  ): Promise<void> => {
    const now = new Date();
    const list = signing.current().listAfter(keySerial);
    const base: SyncResponse = {
      holdMs: longestHoldMs,
      serverTime: now.toISOString(),
      ...(outcome?.fullState ? { fullState: true } : {}),
      ...(outcome?.rotated ? { rotated: outcome.rotated } : {}),
      ...(list ? { signingKeys: list } : {}),
    };
    const headers: Record<string, string> = draining ? { connection: "close" } : {};
    // A target that trusts none of the keys is led to a newer list first.
    const signer = outcome?.order ? signing.current().signerFor(keySerial) : undefined;
    if (!outcome?.order || !signer) return sendJson(response, [JSON.stringify(base)], headers);
    const { generation, hash, leaseTtlSec, forced } = outcome.order;
    try {
      const bytes = await payloads.get(hash);
      const notAfter = new Date(now.getTime() + ORDER_GOOD_FOR_MS).toISOString();
      const unsigned = { generation, hash, payload: {}, notAfter, leaseTtlSec, ...(forced ? { force: true } : {}) };
      const { payload: _, ...desired } = signDesired(signer, targetId, unsigned);
      const head = JSON.stringify({ ...base, desired }).slice(0, -2);
      sendJson(response, [`${head},"payload":`, bytes, "}}"], headers);
    } catch (error) {
      if (await sendError(response, error)) log.error({ err: error, targetId }, "an order could not be answered");
    }
  };

  const sync = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (batches.waiting() >= MOST_WAITING) throw overloaded();
    const body = await readBody(request, MOST_SYNC_BYTES);
    const verified = await verifier.verify(request.headers.authorization, body, new Date());
    if ("code" in verified) {
      metrics.syncs.inc({ outcome: verified.code });
      return sendRefusal(response, verified.code, verified.detail);
    }
    const { targetId } = verified;
    const words = (lately.get(targetId) ?? 0) + 1;
    lately.set(targetId, words);
    if (words > MOST_WORDS) throw tooOften();
    const said = syncRequestSchema.parse(parseJson(body));
    if (said.nodeId.toLowerCase() !== targetId) {
      return sendRefusal(response, "bad_signature", "The token is of another target than the body.");
    }
    deciding.set(targetId, false);
    const word = { targetId, request: said, signedBy: verified.signedBy, sentAtMs: verified.sentAtMs };
    const outcome = await batches.decide({ kind: "word", ...word }).finally(() => {
      if (deciding.get(targetId)) toWake.add(targetId);
      deciding.delete(targetId);
    });
    if (outcome.kind === "refuse") {
      metrics.syncs.inc({ outcome: outcome.code });
      // Of both programs, the one that is parked must not go on as if nothing were.
      const other = outcome.code === "quarantined" ? parked.get(targetId) : undefined;
      if (other) {
        unpark(targetId, other);
        sendRefusal(other.response, outcome.code, outcome.reason);
      }
      return sendRefusal(response, outcome.code, outcome.reason);
    }
    metrics.syncs.inc({ outcome: outcome.late ? "late" : outcome.answer.kind });
    const poll = { bootId: said.bootId, seq: said.seq, keySerial: outcome.keySerial, response };
    if (outcome.answer.kind === "hold" && !outcome.rotated && !draining) park(targetId, poll, outcome.answer.atMostMs);
    else await answer(targetId, poll, outcome);
  };

  const wake = (targetId: string) => {
    if (deciding.has(targetId)) deciding.set(targetId, true);
    if (parked.has(targetId)) toWake.add(targetId);
  };

  const wakeOne = async (targetId: string): Promise<void> => {
    const poll = parked.get(targetId);
    if (!poll) return;
    const outcome = await batches.decide({ kind: "wake", targetId, bootId: poll.bootId, seq: poll.seq });
    if (parked.get(targetId) !== poll) return;
    if (outcome.kind === "answer" && outcome.answer.kind === "hold") return;
    unpark(targetId, poll);
    if (outcome.kind === "refuse") sendRefusal(poll.response, outcome.code, outcome.reason);
    else await answer(targetId, poll, outcome);
    metrics.syncs.inc({ outcome: outcome.kind === "refuse" ? outcome.code : `woken_${outcome.answer.kind}` });
  };

  const turns = setInterval(() => {
    let left = WAKES_A_TURN;
    for (const targetId of toWake) {
      if (left === 0) break;
      left -= 1;
      toWake.delete(targetId);
      // The database is away: the sweep comes again, and so does the target.
      wakeOne(targetId).catch((error: unknown) => log.warn({ err: error, targetId }, "a parked target could not be looked at"));
    }
  }, TURN_MS);
  const sweeps = setInterval(() => {
    findDue(pool, [...parked.keys()])
      .then((ids) => ids.forEach(wake))
      .catch((error: unknown) => log.warn({ err: error }, "the sweep of parked targets failed"));
  }, SWEEP_MS);

  const enrol = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const said = enrolRequestSchema.parse(parseJson(await readBody(request, MOST_ENROL_BYTES)));
    const now = new Date();
    if (enrolling >= MOST_ENROLLING) throw overloaded();
    enrolling += 1;
    const enrolled = await enrolTarget(pool, said, now)
      .catch((error: unknown) => {
        metrics.enrolments.inc({ outcome: "refused" });
        throw error;
      })
      .finally(() => (enrolling -= 1));
    metrics.enrolments.inc({ outcome: "enrolled" });
    log.info({ targetId: enrolled.id, name: enrolled.name, connector: said.connector }, "a target enrolled");
    const { keys, serial } = signing.current();
    const welcome: EnrolResponse = {
      nodeId: enrolled.id,
      name: enrolled.name,
      environment: enrolled.environment,
      pool: enrolled.pool,
      signingKeys: keys,
      keySerial: serial,
      ingestKey: enrolled.ingestKey,
      serverTime: now.toISOString(),
    };
    sendJson(response, [JSON.stringify(welcome)]);
  };

  const health = async (response: ServerResponse): Promise<void> => {
    const ok = beat.ok() && ear.connected() && !draining;
    const detail = {
      ok,
      draining,
      parked: parked.size,
      waiting: batches.waiting(),
      listening: ear.connected(),
      database: beat.ok(),
    };
    response.writeHead(ok ? 200 : 503, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(detail));
  };

  const server = http.createServer(
    { keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 20_000 },
    (request, response) => {
      void (async () => {
        const path = request.url?.split("?", 1)[0];
        const known = ROUTES[`${request.method} ${path}`];
        try {
          if (known === "health") return await health(response);
          if (known === "metrics") {
            response.writeHead(200, { "content-type": metrics.registry.contentType });
            return void response.end(await metrics.registry.metrics());
          }
          if (draining) throw new AppError("unavailable", "This fleet server is stopping.", { retryAfterSec: 2 });
          if (known === "sync") return await sync(request, response);
          if (known === "enrol") return await enrol(request, response);
          throw new AppError("not_found", "There is POST /api/fleet/v1/enrol and POST /api/fleet/v1/sync.");
        } catch (error) {
          if (known === "sync") metrics.syncs.inc({ outcome: "error" });
          if (await sendError(response, error)) log.error({ err: error, path }, "a request failed");
        }
      })();
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  // A target that breaks off mid-sentence is no error of ours.
  server.on("clientError", (_, socket) => socket.destroy());

  const beat = await startBeat(pool, randomUUID(), log);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port, backlog: 4_096 }, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      draining = true;
      clearInterval(windows);
      clearInterval(turns);
      clearInterval(sweeps);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const [targetId, poll] of parked) {
        unpark(targetId, poll);
        void answer(targetId, poll, null);
      }
      await batches.idle();
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), 5_000);
      await closed;
      clearTimeout(force);
      signing.close();
      await ear.close();
      await beat.stop();
      await pool.end();
    },
  };
}

const ROUTES: Record<string, "sync" | "enrol" | "health" | "metrics"> = {
  "POST /api/fleet/v1/sync": "sync",
  "POST /api/fleet/v1/enrol": "enrol",
  "GET /healthz": "health",
  "GET /metrics": "metrics",
};

const tooOften = () =>
  new AppError("busy", `This target asked more than ${MOST_WORDS} times in ${WORDS_WINDOW_MS / 1_000} s.`, {
    retryAfterSec: WORDS_WINDOW_MS / 1_000,
  });

const overloaded = () =>
  new AppError("unavailable", "More targets ask at this moment than can be answered. Nothing is lost; ask again.", {
    retryAfterSec: RETRY_AFTER_SEC + Math.floor(Math.random() * RETRY_AFTER_SEC),
  });
