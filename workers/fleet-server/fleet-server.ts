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
import { notifyWithheld } from "@/lib/changes/warrant/notify-withheld";
import { enrolTarget } from "@/lib/fleet/enrol-target";
import { syncTargets } from "@/lib/fleet/sync-targets";
import { findDue } from "@/lib/fleet/sync-store";
import { AppError } from "@/lib/http";
import type { Logger } from "@/lib/log";
import { enrolRequestSchema, syncRequestSchema, type EnrolResponse } from "@/lib/protocol";
import { answerTarget, type DecidedAnswer } from "./answer-target";
import { startBeat } from "./beat";
import { createFleetMetrics } from "./fleet-metrics";
import { hearDesired } from "./hear-desired";
import { parseJson, readBody, sendError, sendJson, sendRefusal } from "./http-answers";
import { keepSigningKeys } from "./keep-signing-keys";
import { createOrderGate } from "./order-gate";
import { createParkedPolls, type Poll } from "./parked-polls";
import { createPayloadCache } from "./payload-cache";
import { createSyncBatches } from "./sync-batches";
import { createWordVerifier } from "./verify-word";

const MOST_SYNC_BYTES = 64 * 1024;
const MOST_ENROL_BYTES = 32 * 1024;
/** More than this waits to be decided: about five seconds of work. */
const MOST_WAITING = 8_000;
/** One target that asks more often than this in ten seconds is told to wait: a fault of its program. */
const MOST_WORDS = 300;
const WORDS_WINDOW_MS = 10_000;
const MOST_ENROLLING = 20;
/** Sockets; above it the kernel's queue and the targets' patience take over. */
const MOST_CONNECTIONS = 20_000;
/** A mass change goes out at 2,500 targets a second, so that the acks of the first find room among the last. */
const WAKES_A_TURN = 250;
const TURN_MS = 100;
/** Hints can get lost; this often everybody who is parked is looked at. */
const SWEEP_MS = 20_000;
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

export async function startFleetServer(options: FleetServerOptions): Promise<FleetServer> {
  const { log, holdMs = 50_000 } = options;
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
  /** Words of each target in this window. */
  const lately = new Map<string, number>();
  const windows = setInterval(() => lately.clear(), WORDS_WINDOW_MS);
  let enrolling = 0;
  let draining = false;
  const answers = {
    signing,
    payloads: createPayloadCache(pool),
    log,
    holdMs: Math.round(holdMs * 1.2),
    draining: () => draining,
  };
  const answer = (targetId: string, { response, keySerial }: Poll, decided: DecidedAnswer | null): Promise<void> =>
    answerTarget(answers, { targetId, response, keySerial }, decided);
  const polls = createParkedPolls((targetId, poll) => void answer(targetId, poll, null));
  const metrics = createFleetMetrics({
    parked: polls.size,
    waiting: () => batches.waiting(),
    listening: () => ear.connected(),
  });
  const unsigned = createOrderGate(log, () => metrics.withheld.inc());
  const batches = createSyncBatches(
    (items) => syncTargets({ pool, unsigned, tellPeople: notifyWithheld }, items, new Date()),
    (size, tookMs) => {
      metrics.batchSize.observe(size);
      metrics.batchSeconds.observe(tookMs / 1_000);
    },
  );
  const ear = hearDesired(options.databaseUrl, {
    log,
    hint: polls.wake,
    connected: () => polls.ids().forEach(polls.wake),
  });

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
    const word = { targetId, request: said, signedBy: verified.signedBy, sentAtMs: verified.sentAtMs };
    const outcome = await polls.deciding(targetId, () => batches.decide({ kind: "word", ...word }));
    if (outcome.kind === "refuse") {
      metrics.syncs.inc({ outcome: outcome.code });
      // Of both programs, the one that is parked must not go on as if nothing were.
      const other = outcome.code === "quarantined" ? polls.get(targetId) : undefined;
      if (other && polls.take(targetId, other)) sendRefusal(other.response, outcome.code, outcome.reason);
      return sendRefusal(response, outcome.code, outcome.reason);
    }
    metrics.syncs.inc({ outcome: outcome.late ? "late" : outcome.answer.kind });
    const poll = { bootId: said.bootId, seq: said.seq, keySerial: outcome.keySerial, response };
    if (outcome.answer.kind === "hold" && !outcome.rotated && !draining) {
      polls.park(targetId, poll, Math.min(outcome.answer.atMostMs, holdMs * (0.8 + Math.random() * 0.4)));
    } else await answer(targetId, poll, outcome);
  };

  const wakeOne = async (targetId: string): Promise<void> => {
    const poll = polls.get(targetId);
    if (!poll) return;
    const outcome = await batches.decide({ kind: "wake", targetId, bootId: poll.bootId, seq: poll.seq });
    if (outcome.kind === "answer" && outcome.answer.kind === "hold") return;
    if (!polls.take(targetId, poll)) return;
    if (outcome.kind === "refuse") sendRefusal(poll.response, outcome.code, outcome.reason);
    else await answer(targetId, poll, outcome);
    metrics.syncs.inc({ outcome: outcome.kind === "refuse" ? outcome.code : `woken_${outcome.answer.kind}` });
  };

  const turns = setInterval(() => {
    void Promise.allSettled(polls.nextTurn(WAKES_A_TURN).map(wakeOne)).then((turn) => {
      const failed = turn.find((one) => one.status === "rejected");
      // The database is away: the sweep comes again, and so do the targets.
      if (failed) log.warn({ err: failed.reason as unknown }, "parked targets could not be looked at");
    });
  }, TURN_MS);
  const sweeps = setInterval(() => {
    findDue(pool, polls.ids())
      .then((ids) => ids.forEach(polls.wake))
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
      parked: polls.size(),
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
      polls.close();
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
