import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalHash, type SyncRequest } from "..";
import { TEST_TOKEN, testConsole, type TestConsole } from "../testing/test-console";
import { payloadOf, testTarget, type TestTarget } from "../testing/test-target";
import type { SyncClient, SyncClientOptions } from "./contract";
import { enrol, loadIdentity } from "./identity";
import { startSyncClient } from "./start-sync-client";

let dir: string;
let server: TestConsole;
let target: TestTarget;
const clients: SyncClient[] = [];
const program = { version: "1.0.0" };
const timing = { reconnectJitterMs: 60, retryMs: 60, pollGapMs: 10, slowPollMs: 80, answerMs: 400, reapplyMs: 20 };

const enrolHere = () =>
  enrol({ stateDir: dir, consoleUrl: server.url, token: TEST_TOKEN, name: "t1", connector: "file", program, capabilities: [] });

async function start(over: Partial<SyncClientOptions> = {}): Promise<SyncClient> {
  const client = await startSyncClient({
    stateDir: dir,
    identity: await enrolHere(),
    consoleUrl: server.url,
    program,
    connector: "file",
    capabilities: () => ["readBack"],
    hardware: () => null,
    applier: target,
    log: () => undefined,
    timing,
    ...over,
  });
  clients.push(client);
  await client.ready;
  return client;
}

const attempt = (generation: number, status: string) => (sync: SyncRequest) =>
  sync.lastAttempt?.generation === generation && sync.lastAttempt.status === status;
const runs = (generation: number) => (sync: SyncRequest) => sync.running?.generation === generation;

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-sync-"));
  server = await testConsole();
  target = testTarget();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

describe("enrolment", () => {
  it("happens once; later starts are who they were, without a token", async () => {
    const first = await enrolHere();
    expect(first).toMatchObject({ name: "t1", environment: "production", ingestKey: "hr_ingest_key_of_a_test" });
    const again = await enrol({
      ...(await loadIdentity(dir))!,
      stateDir: dir,
      consoleUrl: "http://127.0.0.1:9",
      token: null,
      program,
      capabilities: [],
    });
    expect(again).toEqual(first);
    expect(server.enrolments).toHaveLength(1);
    expect(fs.statSync(path.join(dir, "identity.json")).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(dir)).toEqual(["identity.json"]);
  });

  it("that is refused or lost says why, and asks again with the same key", async () => {
    const asking = { stateDir: dir, consoleUrl: server.url, name: "t1", connector: "file", program, capabilities: [] } as const;
    await expect(enrol({ ...asking, token: "not-the-token-of-the-console" })).rejects.toThrow(/token is not known/);
    await expect(enrol({ ...asking, token: null })).rejects.toThrow(/make an enrolment token/);
    await expect(enrol({ ...asking, token: TEST_TOKEN, consoleUrl: "http://127.0.0.1:9", patienceMs: 0 })).rejects.toThrow(
      /does not answer/,
    );
    const lost = async (...[input, init]: Parameters<typeof fetch>) => {
      await fetch(input, init);
      throw new TypeError("the answer was lost");
    };
    await expect(enrol({ ...asking, token: TEST_TOKEN, fetch: lost, patienceMs: 0 })).rejects.toThrow(/answer was lost/);
    await enrolHere();
    expect(server.enrolments).toHaveLength(2);
    expect(server.enrolments[0]!.publicKey).toEqual(server.enrolments[1]!.publicKey);
    await expect(enrol({ ...asking, name: "t2", token: TEST_TOKEN })).rejects.toThrow(/belongs to file t1/);
  });
});

describe("an order", () => {
  it("is applied, read back and told at once, with its steps", async () => {
    const client = await start();
    expect([client.running(), client.payload()]).toEqual([null, null]);
    const payload = payloadOf({ n: 1, warm: true, wait: true });
    const { hash } = server.order(payload);
    await server.heard(attempt(1, "warming"));
    expect(server.syncs.at(-1)).toMatchObject({ running: null, effectiveHash: null });
    target.release();
    const told = await server.heard(runs(1));
    expect(told).toMatchObject({
      running: { generation: 1, hash },
      effectiveHash: hash,
      health: { ok: true, figures: { n: 1 } },
    });
    expect(told.lastAttempt).toEqual({ generation: 1, hash, attempt: 1, status: "applied" });
    expect([client.running(), client.payload()]).toEqual([{ generation: 1, hash }, payload]);
    expect(server.syncs.map((sync) => sync.seq)).toEqual(server.syncs.map((_, index) => index));
    expect(server.syncs.map((sync) => "hardware" in sync)).toEqual(server.syncs.map((_, index) => index === 0));
  });

  it("that is newer than the one being applied takes its place", async () => {
    const client = await start();
    server.order(payloadOf({ n: 1, wait: true }));
    await server.heard(attempt(1, "applying"));
    server.order(payloadOf({ n: 2 }));
    await server.heard(runs(2));
    expect(target.story).toEqual(["offer 1", "offer 2"]);
    expect([target.runs, client.running()?.generation]).toEqual([2, 2]);
    // Superseded is not failed: it may come again.
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(3));
  });

  it("with the content that runs is only renamed", async () => {
    await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    server.order(payloadOf({ n: 1 }));
    expect((await server.heard(runs(2))).lastAttempt).toMatchObject({ generation: 2, status: "applied" });
    expect(target.story).toEqual(["offer 1"]);
  });

  it("that was drifted from is applied again", async () => {
    await start();
    const desired = server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    await target
      .apply(payloadOf({ n: 9 }), { generation: 0, why: "offer", progress: () => undefined, signal: AbortSignal.abort(0) })
      .catch(() => undefined);
    const other = testTarget();
    target.effectiveHash = () => (other.runs === null ? canonicalHash("drifted") : desired.hash);
    target.apply = async () =>
      void (await other.apply(payloadOf({ n: 1 }), {
        generation: 1,
        why: "offer",
        progress: () => undefined,
        signal: new AbortController().signal,
      }));
    server.behave({ bytes: JSON.stringify({ desired, holdMs: 50, serverTime: new Date().toISOString() }) });
    await expect.poll(() => other.runs).toBe(1);
  });

  it("that cannot be applied leaves what ran, is told, and is never tried again", async () => {
    const client = await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    const bad = server.order(payloadOf({ n: 2, fail: "out of memory" }));
    const told = await server.heard(attempt(2, "failed"));
    expect(told).toMatchObject({ running: { generation: 1 }, lastAttempt: { hash: bad.hash, error: "out of memory" } });
    server.order(payloadOf({ n: 2, fail: "out of memory" }));
    expect((await server.heard(attempt(3, "refused"))).lastAttempt!.error).toMatch(/failed here before: out of memory/);
    await client.close();
    const again = await start();
    server.order(payloadOf({ n: 2, fail: "out of memory" }));
    await server.heard(attempt(4, "refused"));
    expect([target.story, again.running()?.generation]).toEqual([["offer 1", "offer 2", "boot 1"], 1]);
    // Unless a person insists, or the program is another one.
    server.order(payloadOf({ n: 2, fail: "out of memory" }), { force: true });
    await server.heard(attempt(5, "failed"));
    await again.close();
    await start({ program: { version: "1.0.1" } });
    server.order(payloadOf({ n: 2, fail: "out of memory" }));
    await server.heard(attempt(6, "failed"));
  });

  it.each([
    ["leaves something else running", { break: true }],
    ["is not what is read back", { lie: true }],
  ])("that %s is undone by going back", async (_, how) => {
    await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    server.order(payloadOf({ n: 2, ...how }));
    await server.heard(attempt(2, "failed"));
    if ("break" in how) await expect.poll(() => target.story.at(-1)).toBe("revert 1");
    await expect.poll(() => [target.runs, server.syncs.at(-1)!.effectiveHash]).toEqual([1, canonicalHash(payloadOf({ n: 1 }))]);
  });

  it("that the target refuses touches nothing, and may be right after a restart", async () => {
    const client = await start();
    server.order(payloadOf({ n: 1, refuse: "unknown upstream" }));
    expect((await server.heard(attempt(1, "refused"))).lastAttempt!.error).toBe("unknown upstream");
    await client.close();
    expect(target.story).toEqual([]);
    target.refuse = () => null;
    await start();
    await server.heard(runs(1));
  });
});

describe("an order that is not to be trusted", () => {
  const good = payloadOf({ n: 1 });

  it.each<[string, (console: TestConsole) => unknown, RegExp]>([
    ["a signature of somebody else", (one) => ({ ...one.order(good), signature: "A".repeat(86) }), /signature does not fit/],
    ["an unknown key", (one) => ({ ...one.order(good), keyId: "other" }), /does not trust/],
    [
      "another content than was signed",
      (one) => ({ ...one.order(good), payload: payloadOf({ n: 2 }) }),
      /does not have the signed hash/,
    ],
    ["a signature that has ended", (one) => one.order(good, { notAfter: "2026-01-01T00:00:00.000Z" }), /ended at 2026-01-01/],
    ["too much", (one) => one.order({ ...good, content: { blob: "x".repeat(3 * 1024 * 1024) } }), /larger than 2097152 bytes/],
    ["an unknown connector", (one) => one.order({ ...good, connector: "toaster" }), /cannot be read by this version: connector/],
    ["another connector's content", (one) => one.order({ ...good, connector: "engine" }), /is for engine; this is file/],
    [
      "a shape of its own",
      (one) => ({ ...one.order(good), notAfter: "tomorrow" }),
      /does not fit the protocol: desired.notAfter/,
    ],
  ])("%s: refused with the reason, the old one kept", async (_, make, reason) => {
    await start();
    server.order(payloadOf({ n: 7 }));
    await server.heard(runs(1));
    server.offer(null);
    server.offer(make(server));
    const told = await server.heard(attempt(2, "refused"));
    expect(told.lastAttempt!.error).toMatch(reason);
    expect([told.running!.generation, target.story]).toEqual([1, ["offer 7"]]);
    // It goes on as before.
    server.order(payloadOf({ n: 8 }));
    await server.heard(runs(3));
  });

  it("an old one sent again, and a generation that comes twice with different contents", async () => {
    await start();
    const first = server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    server.order(payloadOf({ n: 2 }));
    await server.heard(runs(2));
    server.offer(first);
    expect((await server.heard(attempt(1, "refused"))).lastAttempt!.error).toMatch(/a replay/);
    server.order(payloadOf({ n: 3 }), { generation: 2 });
    expect((await server.heard(attempt(2, "refused"))).lastAttempt!.error).toMatch(/before with another content/);
    expect(target.runs).toBe(2);
  });
});

describe("the console", () => {
  it.each<[string, Parameters<TestConsole["behave"]>[0]]>([
    ["busy", { status: 429, retryAfterSec: 0 }],
    ["away", { status: 503 }],
    ["broken", { status: 500 }],
    ["not a console", { bytes: "<html>Welcome to nginx</html>" }],
    ["silent", { silent: true }],
  ])("%s: nothing changes, and nothing is called a failure", async (_, how) => {
    server = (await server.close(), await testConsole({ holdMs: 300 }));
    const client = await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    await expect.poll(() => client.status().console).toBe("connected");
    server.behave(how);
    await expect.poll(() => client.status(), { timeout: 5_000 }).toMatchObject({ console: "lost", reason: expect.any(String) });
    expect([target.runs, client.status().lastAttempt]).toEqual([1, { generation: 1, status: "applied" }]);
    server.behave(null);
    server.order(payloadOf({ n: 2 }));
    await server.heard(runs(2));
    await expect.poll(() => client.status()).toMatchObject({ console: "connected", reason: null });
  });

  it("gone at a start: what ran before runs again", async () => {
    const client = await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    await client.close();
    const fresh = testTarget();
    const again = await start({ applier: fresh, consoleUrl: "http://127.0.0.1:9" });
    expect([fresh.story, fresh.runs, again.running()?.generation]).toEqual([["boot 1"], 1, 1]);
  });

  it.each(["revoked", "quarantined", "unknown_target", "upgrade_required"])(
    "that says %s is asked slowly; what runs keeps running, and says so",
    async (code) => {
      const client = await start();
      server.order(payloadOf({ n: 1 }));
      await server.heard(runs(1));
      server.behave({ status: 403, code });
      await expect.poll(() => client.status()).toMatchObject({ console: "refused", reason: expect.stringContaining(code) });
      expect(target.runs).toBe(1);
      server.behave(null);
      await expect.poll(() => client.status().console, { timeout: 5_000 }).toBe("connected");
    },
  );

  it("whose clock is an hour off is believed about the time", async () => {
    await enrolHere();
    server.behave({ clockMs: 3_600_000 });
    await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
  });
});

describe("keys", () => {
  it("of the console change without a break", async () => {
    await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    for (const n of [2, 3]) {
      server.rotateSigningKey();
      server.order(payloadOf({ n }));
      await server.heard(runs(n));
    }
    expect((await loadIdentity(dir))!.keySerial).toBe(2);
  });

  it("of the target change in two steps, also when the console's yes is lost", async () => {
    const client = await start();
    const first = (await loadIdentity(dir))!;
    client.rotateKey();
    await expect.poll(async () => (await loadIdentity(dir))!).toMatchObject({ nextPrivateKey: null, privateKey: { kty: "OKP" } });
    await expect.poll(async () => (await loadIdentity(dir))!.privateKey.x).not.toBe(first.privateKey.x);
    const second = (await loadIdentity(dir))!;
    server.behave({ loseRotation: true });
    client.rotateKey();
    await server.heard((sync) => sync.rotateTo !== undefined && sync.rotateTo.x !== second.privateKey.x);
    server.behave(null);
    await expect.poll(async () => (await loadIdentity(dir))!.privateKey.x, { timeout: 5_000 }).not.toBe(second.privateKey.x);
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
  });
});

describe("what crashes", () => {
  it("once stays, twice within ten minutes goes back to the last known good and is told", async () => {
    const client = await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    server.order(payloadOf({ n: 2 }));
    await server.heard(runs(2));
    client.crashed("CUDA error");
    client.crashed("CUDA error");
    const told = await server.heard(attempt(2, "failed"));
    expect(told.lastAttempt!.error).toMatch(/crashed twice within ten minutes: CUDA error/);
    await server.heard((sync) => sync.running?.generation === 1 && sync.effectiveHash === canonicalHash(payloadOf({ n: 1 })));
    expect(target.story).toEqual(["offer 1", "offer 2", "revert 1"]);
    // Nothing earlier is left: it stays and says so.
    client.crashed("CUDA error");
    client.crashed("CUDA error");
    await expect.poll(() => client.status().reason).toMatch(/nothing earlier/);
    expect(target.runs).toBe(1);
  });
});

describe("a lease", () => {
  it("that the console does not renew ends: back to the newest state without one", async () => {
    server = (await server.close(), await testConsole({ holdMs: 100 }));
    const client = await start();
    server.order(payloadOf({ n: 1 }));
    await server.heard(runs(1));
    server.order(payloadOf({ n: 2 }), { leaseTtlSec: 1 });
    expect(await server.heard(runs(2))).toMatchObject({ leaseEpoch: 2 });
    // Renewed by answers alone.
    const until = Date.now() + 1_500;
    await server.heard(() => Date.now() > until);
    expect(target.runs).toBe(2);
    server.behave({ status: 503 });
    await expect.poll(() => target.runs, { timeout: 5_000 }).toBe(1);
    expect(client.status().reason).not.toBeNull();
    server.behave(null);
    // Still ordered, so it comes back to it.
    await expect.poll(() => target.runs, { timeout: 5_000 }).toBe(2);
    expect(target.story).toEqual(["offer 1", "offer 2", "revert 1", "offer 2"]);
  });
});
