import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Circuit } from "./circuit";
import { pack, unpack } from "./redis-answers";
import { routeOf } from "./testing/in-process";
import { gateway, upstream } from "./testing/opened";
import { redisBinary, testRedis, type TestRedis } from "./testing/redis";

const SEMANTIC = { enabled: true, embedding: { upstream: "e", model: "embedder" }, falseHitSamplePercent: 0 };
const policies = { routing: { routes: { chat: routeOf({ a: 1 }), embed: routeOf({ e: 1 }) } } };
const exact = { ...policies, caching: { exact: { enabled: true, ttlSec: 60 } } };
const semantic = { ...policies, caching: { semantic: SEMANTIC } };
const cacheOf = (answer: { headers: Headers }) => answer.headers.get("x-headroom-cache");
const inLetters = (degrees: number) => String(degrees).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)]!);
const pointing = (text: string) => {
  const degrees = (/[a-j]+$/.exec(text)?.[0] ?? "a").replace(/[a-j]/g, (letter) => String("abcdefghij".indexOf(letter)));
  const radians = (Number(degrees) * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
};
const asked = (degrees: number) => ({ model: "chat", messages: [{ role: "user", content: `Which way? ${inLetters(degrees)}` }] });

const binary = redisBinary();
if (!binary) console.warn("skipped: caches in Redis — redis-server is not installed (apt-get install redis-server)");

describe.skipIf(!binary)("caches in Redis", () => {
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await testRedis();
  });
  afterEach(() => redis.stop());

  const opened = async (urls: Record<string, string>, what: object, cache: object = {}) => {
    const config = { cache: { redisUrlEnv: "REDIS_URL", waitMs: 200, ...cache } };
    const gw = await gateway(urls, what, [], { config, env: { REDIS_URL: redis.url } });
    await expect.poll(() => usable(gw.url)).toBe("1");
    return gw;
  };
  const metric = async (url: string, name: string) =>
    new RegExp(`^headroom_gateway_${name} (\\d+)`, "m").exec(await (await fetch(`${url}/metrics`)).text())?.[1];
  const usable = (url: string) => metric(url, "redis_usable");
  /** Answers are stored behind the client's back. */
  const stored = async (pattern: string, count: number) => {
    const client = new Redis(redis.url);
    await expect.poll(() => client.keys(pattern)).toHaveLength(count);
    return client;
  };

  it("answer what another gateway was asked, per tenant, and only with the same prefix", async () => {
    const a = await upstream();
    const [one, two] = [await opened({ a: a.url, e: a.url }, exact), await opened({ a: a.url, e: a.url }, exact)];
    const other = await opened({ a: a.url, e: a.url }, exact, { keyPrefix: "others" });
    const first = await one.chat({ model: "chat" });
    const client = await stored("headroom:production:exact:*", 1);
    const again = await two.chat({ model: "chat" });
    expect([first, again].map(cacheOf)).toEqual(["miss", "hit"]);
    expect(again.text).toBe(first.text);
    expect(cacheOf(await two.chat({ model: "chat" }, { key: "key-of-globex" }))).toBe("miss");
    expect(cacheOf(await other.chat({ model: "chat" }))).toBe("miss");
    const [key] = await client.keys("headroom:production:exact:*");
    expect(await client.ttl(key!)).toBeGreaterThan(50);
    // Keys are hashes: they tell nobody what was asked.
    expect(key).toMatch(/^headroom:production:exact:[\w-]{43}$/);
    await client.quit();
  });

  it("hold vectors of texts as well", async () => {
    const e = await upstream();
    const kept = { ...policies, caching: { retrieval: { enabled: true } } };
    const [one, two] = [await opened({ a: e.url, e: e.url }, kept), await opened({ a: e.url, e: e.url }, kept)];
    await one.ask("/v1/embeddings", { model: "embed", input: ["a", "bb", "ccc"] });
    await (await stored("headroom:production:exact:*", 3)).quit();
    expect(cacheOf(await two.ask("/v1/embeddings", { model: "embed", input: ["ccc", "a"] }))).toBe("hit");
  });

  it("find another wording of what another gateway was asked, also after a restart", async () => {
    const [a, e] = [await upstream(), await upstream()];
    e.behave({ vector: pointing });
    const urls = { a: a.url, e: e.url };
    const one = await opened(urls, semantic);
    const first = await one.chat(asked(0));
    const client = await stored("headroom:production:meaning:*", 1);
    const two = await opened(urls, semantic);
    const again = await two.chat(asked(5));
    expect([first, again].map(cacheOf)).toEqual(["miss", "semantic"]);
    expect(again.text).toBe(first.text);
    expect(cacheOf(await two.chat(asked(6), { key: "key-of-globex" }))).toBe("miss");
    // What the other one adds meanwhile is found too.
    await one.chat(asked(90));
    await expect.poll(async () => (await client.keys("headroom:production:meaning:*")).length).toBe(3);
    expect(cacheOf(await two.chat(asked(91)))).toBe("semantic");
    // Flushed: the vector is still here, its answer is not.
    await client.flushall();
    expect(cacheOf(await two.chat(asked(2)))).toBe("miss");
    await client.quit();
  });

  it("that die, freeze or fill with rubbish are misses: no error, no delay, and used again when they are back", async () => {
    const [a, e] = [await upstream(), await upstream()];
    e.behave({ vector: pointing });
    const both = { ...policies, caching: { ...exact.caching, semantic: SEMANTIC } };
    const gw = await opened({ a: a.url, e: e.url }, both, { waitMs: 40 });
    await gw.chat({ model: "chat" });
    const client = await stored("headroom:production:exact:*", 1);
    const [key] = await client.keys("headroom:production:exact:*");
    await client.set(key!, "rubbish");
    const [stream] = await client.keys("headroom:production:questions:*");
    await client.xadd(stream!, "*", "id", "x", "until", "y", "vector", "seven b");
    await client.xadd(stream!, "*", "what", "else");
    expect(cacheOf(await gw.chat({ model: "chat" }))).toBe("semantic");
    await client.quit();

    redis.child.kill("SIGSTOP");
    const times: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const since = performance.now();
      expect((await gw.chat({ model: "chat", seed: index })).status).toBe(200);
      times.push(performance.now() - since);
    }
    // A few waits of 40 ms, then nobody waits: the median is that of a gateway without a cache.
    expect(times.toSorted((x, y) => x - y)[10]).toBeLessThan(40);
    expect(Number(await metric(gw.url, "redis_failures"))).toBeGreaterThanOrEqual(3);
    expect(await usable(gw.url)).toBe("0");
    redis.child.kill("SIGCONT");

    await redis.stop();
    expect((await gw.chat({ model: "chat", seed: 99 })).status).toBe(200);
    redis = await testRedis(Number(new URL(redis.url).port));
    await expect.poll(() => usable(gw.url), { timeout: 10_000 }).toBe("1");
    await gw.chat({ model: "chat", seed: 100 });
    await (await stored("headroom:production:exact:*", 1)).quit();
    expect(cacheOf(await gw.chat({ model: "chat", seed: 100 }))).toBe("hit");
  });

  it("are not needed at the start", async () => {
    const a = await upstream();
    await redis.stop();
    const config = { cache: { redisUrlEnv: "REDIS_URL" } };
    const gw = await gateway({ a: a.url, e: a.url }, exact, [], { config, env: { REDIS_URL: redis.url } });
    for (const expected of ["miss", "miss"]) expect(cacheOf(await gw.chat({ model: "chat" }))).toBe(expected);
  });
});

describe("what is kept of an answer", () => {
  it("comes back as it was, whatever its bytes; anything else is nothing", () => {
    const answer = { body: Buffer.from([0, 10, 255, 10]), usage: { prompt_tokens: 3 }, model: "m\n", provider: "p" };
    expect(unpack(pack(answer))).toEqual(answer);
    for (const rubbish of ["", "rubbish", "{}\nx", '{"model":1}\nx', "null\nx"]) expect(unpack(Buffer.from(rubbish))).toBeNull();
  });
});

describe("the circuit", () => {
  it("opens after three failures in a row, and lets one try in five seconds", () => {
    const circuit = new Circuit();
    for (const _ of [1, 2]) circuit.failed(0);
    circuit.succeeded();
    for (const _ of [1, 2]) circuit.failed(0);
    expect([circuit.open, circuit.allows(0)]).toEqual([false, true]);
    circuit.failed(100);
    expect([circuit.open, circuit.allows(5_099)]).toEqual([true, false]);
    expect([circuit.allows(5_100), circuit.allows(5_101), circuit.allows(10_100)]).toEqual([true, false, true]);
    circuit.succeeded();
    expect([circuit.open, circuit.allows(10_101)]).toEqual([false, true]);
  });
});
