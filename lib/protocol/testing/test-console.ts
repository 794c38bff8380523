/**
 * A TEST CONSOLE: a real HTTP server that speaks the protocol and does as it is told. It checks tokens and signs orders as
 * the fleet server must, keeps everything in memory and decides nothing: what is ordered is offered until it runs, or was
 * refused or failed.
 */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import {
  canonicalHash,
  enrolRequestSchema,
  signDesired,
  signKeyList,
  syncRequestSchema,
  verifySyncToken,
  type Desired,
  type EnrolRequest,
  type EnrolResponse,
  type PrivateKey,
  type PublicKey,
  type SigningKey,
  type SyncRequest,
  type SyncResponse,
} from "..";

export const TEST_TOKEN = "enrol-token-of-a-test-console";

export interface TestConsole {
  url: string;
  /** Every sync whose token was good, oldest first. */
  syncs: SyncRequest[];
  enrolments: EnrolRequest[];
  /** A new generation for every target, now. */
  order(payload: Record<string, unknown>, over?: Partial<Desired> & { leaseTtlSec?: number }): Desired;
  /** Offer exactly this until another order comes. */
  offer(desired: unknown): void;
  /** Answer like this instead; null: normally again. Polls on hold are answered so as well. */
  behave(how: Behaviour | null): void;
  /** Sign with a new key from now on; the list of both is told with the next answer. */
  rotateSigningKey(): void;
  /** Resolves with the first sync, past or to come, that `is` true of. */
  heard(is: (sync: SyncRequest) => boolean): Promise<SyncRequest>;
  close(): Promise<void>;
}

export interface Behaviour {
  status?: number;
  code?: string;
  retryAfterSec?: number;
  /** Send these bytes instead of an answer. */
  bytes?: string;
  /** Take the request and never answer. */
  silent?: boolean;
  /** Its clock is this much ahead. */
  clockMs?: number;
  /** Take a new own key of the target, and lose the answer that says so. */
  loseRotation?: boolean;
}

export async function testConsole({ holdMs = 2_000 } = {}): Promise<TestConsole> {
  let signingKey = newSigningKey();
  let keyList: SyncResponse["signingKeys"];
  let offered: unknown = null;
  let generation = 0;
  let behaviour: Behaviour | null = null;
  const keys = new Map<string, PublicKey[]>();
  const seen = new Set<string>();
  const syncs: SyncRequest[] = [];
  const enrolments: EnrolRequest[] = [];
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of listeners) listener();
  };
  const serverTime = () => new Date(Date.now() + (behaviour?.clockMs ?? 0));

  const sendJson = (response: http.ServerResponse, status: number, body: unknown, headers: object = {}) => {
    response.writeHead(status, { "content-type": "application/json", date: serverTime().toUTCString(), ...headers });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: http.ServerResponse, status: number, code: string, detail: string) =>
    sendJson(response, status, { status, code, title: "Refused", detail });

  const enrol = (body: string, response: http.ServerResponse) => {
    const request = enrolRequestSchema.parse(JSON.parse(body));
    if (request.token !== TEST_TOKEN) return refuse(response, 401, "unauthenticated", "The enrolment token is not known.");
    enrolments.push(request);
    const nodeId = randomUUID();
    keys.set(nodeId, [request.publicKey]);
    const answer: EnrolResponse = {
      nodeId,
      name: request.name,
      environment: "production",
      pool: null,
      signingKeys: [publicOf(signingKey)],
      keySerial: keyList?.serial ?? 0,
      ingestKey: "hr_ingest_key_of_a_test",
      serverTime: serverTime().toISOString(),
    };
    sendJson(response, 201, answer);
  };

  const sync = async (body: string, request: http.IncomingMessage, response: http.ServerResponse) => {
    const said = syncRequestSchema.parse(JSON.parse(body));
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const known = keys.get(said.nodeId);
    if (!known) return refuse(response, 401, "unknown_target", "This target is not known.");
    const verdict = await verifySyncToken(token, { nodeId: said.nodeId, keys: known, body, now: serverTime() });
    if ("refusal" in verdict) return refuse(response, 401, "bad_signature", verdict.refusal);
    if (seen.has(verdict.tokenId)) return refuse(response, 401, "bad_signature", "This token was seen before.");
    seen.add(verdict.tokenId);
    syncs.push(said);
    wake();
    if (said.rotateTo) {
      keys.set(said.nodeId, [said.rotateTo]);
      if (behaviour?.loseRotation) return response.destroy();
    }
    const heldUntil = Date.now() + holdMs;
    for (;;) {
      if (response.destroyed) return;
      if (behaviour?.silent) return;
      if (behaviour?.bytes !== undefined) return response.writeHead(200).end(behaviour.bytes);
      if (behaviour?.status) {
        const after = behaviour.retryAfterSec === undefined ? {} : { "retry-after": String(behaviour.retryAfterSec) };
        return sendJson(
          response,
          behaviour.status,
          { code: behaviour.code, detail: `told to answer ${behaviour.status}` },
          after,
        );
      }
      const due = isDue(offered, said) ? { desired: offered as Desired } : {};
      const rotated = said.rotateTo ? { rotated: said.rotateTo } : {};
      const news = keyList ? { signingKeys: keyList } : {};
      const leftMs = heldUntil - Date.now();
      if ("desired" in due || said.rotateTo || said.seq === 0 || leftMs <= 0) {
        const answer: SyncResponse = { ...due, ...rotated, ...news, holdMs, serverTime: serverTime().toISOString() };
        return sendJson(response, 200, answer);
      }
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          listeners.delete(done);
          response.off("close", done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        listeners.add(done);
        response.on("close", done);
      });
    }
  };

  const server = http.createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString("utf8");
      if (request.url === "/api/fleet/v1/enrol") enrol(body, response);
      else if (request.url === "/api/fleet/v1/sync") await sync(body, request, response);
      else refuse(response, 404, "not_found", "Nothing is here.");
    })().catch((error: Error) => refuse(response, 500, "internal", error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const offer = (desired: unknown) => {
    offered = desired;
    wake();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    syncs,
    enrolments,
    order: (payload, over = {}) => {
      generation = over.generation ?? generation + 1;
      const [target] = [...keys.keys()].slice(-1);
      const desired = signDesired(signingKey, target!, {
        generation,
        hash: canonicalHash(payload),
        payload,
        notAfter: new Date(serverTime().getTime() + 600_000).toISOString(),
        leaseTtlSec: null,
        ...over,
      });
      offer(desired);
      return desired;
    },
    offer,
    behave: (how) => {
      behaviour = how;
      wake();
    },
    rotateSigningKey: () => {
      const next = newSigningKey();
      const serial = (keyList?.serial ?? 0) + 1;
      keyList = signKeyList(signingKey, [publicOf(signingKey), publicOf(next)], serial);
      signingKey = next;
    },
    heard: (is) =>
      new Promise((resolve) => {
        const look = () => {
          const found = syncs.find(is);
          if (!found) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Until it runs what is offered, has said that it works on it, or that it cannot. */
function isDue(offered: unknown, { running, lastAttempt }: SyncRequest): boolean {
  if (offered === null) return false;
  const { generation, hash } = offered as { generation?: number; hash?: string };
  const at = (one: { generation: number; hash: string } | null) => one?.generation === generation && one?.hash === hash;
  return !at(running) && !(at(lastAttempt) && lastAttempt!.status !== "applied");
}

function newSigningKey(): PrivateKey {
  return { keyId: randomUUID(), key: generateKeyPairSync("ed25519").privateKey };
}

function publicOf({ keyId, key }: PrivateKey): SigningKey {
  const { kty, crv, x } = key.export({ format: "jwk" });
  return { keyId, publicKey: { kty, crv, x } as PublicKey };
}
