import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import type { RatedEvent } from "../event";
import { ensureEventPartitions, claimIdentities, storeEvents } from "../store";
import { csvCell, csvStream } from "./csv";
import { decodeCursor, encodeCursor } from "./cursor";
import { getRequest } from "./get-request";
import { eachRequest, listRequests } from "./list-requests";
import { requestFilterOf, requestFilterParams, requestFilterSchema, type RequestFilterInput } from "./schemas";

const NOW = new Date("2026-11-20T12:00:00Z");
let db: TestDatabase;

const viewerOf = (...tenants: string[]): Actor => ({ kind: "user", id: "u1", name: "Vi", role: "viewer", tenants });
const ctxOf = (actor: Actor = SYSTEM_ACTOR): Ctx => ({ actor, db, now: NOW, log: createLogger("test", "silent") });

interface Given {
  id: string;
  at: string;
  tenant?: string;
  nano?: bigint;
  over?: Partial<RatedEvent>;
}

function event({ id, at, tenant = "acme", nano = 1_000n, over = {} }: Given): RatedEvent {
  return {
    id,
    occurredAt: Date.parse(at),
    tenant,
    endpoint: "support.answer",
    feature: null,
    route: "chat-default",
    provider: "openai",
    modelRequested: "gpt-4o",
    modelServed: "gpt-4o",
    gateway: null,
    pool: null,
    node: null,
    region: null,
    engine: null,
    precision: null,
    lane: "interactive",
    requestId: id,
    attempt: 1,
    final: true,
    actionId: null,
    actionStep: null,
    status: "success",
    errorClass: null,
    cacheLayer: "none",
    cacheHit: false,
    cacheSimilarity: null,
    stream: false,
    meters: {
      input: 10,
      cacheRead: 5,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: 3,
      audioIn: 0,
      audioOut: 0,
      image: 0,
      reasoning: 1,
    },
    queueMs: 1,
    ttftMs: 20,
    latencyMs: 100,
    prefillMs: null,
    decodeMs: null,
    variant: "control",
    generation: 7,
    requestHash: null,
    prefixHash: null,
    serviceTier: null,
    batch: false,
    shadow: false,
    tags: {},
    dialect: "native",
    usageRaw: null,
    tokenMismatch: null,
    providerCostNanoUsd: null,
    apiKeyId: null,
    contentHash: 1n,
    duplicate: false,
    firstOfAction: false,
    rating: {
      pricingState: "priced",
      costNanoUsd: nano,
      lines: [
        { meter: "input", quantity: 10, unitPriceUsd: "0.1", modifiers: [{ reason: "batch", factor: "0.5" }], costNanoUsd: nano },
      ],
      priceRuleId: 12,
      savedNanoUsd: 0n,
    },
    ...over,
  };
}

const EVENTS: RatedEvent[] = [
  // One request of three attempts: two failed, the third answered with another model.
  event({
    id: "r1-1",
    at: "2026-11-20T10:00:00.000Z",
    nano: 100n,
    over: { requestId: "r1", final: false, status: "timeout", actionId: "act-1" },
  }),
  event({
    id: "r1-2",
    at: "2026-11-20T10:00:01.000Z",
    nano: 200n,
    over: { requestId: "r1", attempt: 2, final: false, status: "error", errorClass: "upstream_500", actionId: "act-1" },
  }),
  event({
    id: "r1-3",
    at: "2026-11-20T10:00:02.000Z",
    nano: 300n,
    over: { requestId: "r1", attempt: 3, modelServed: "gpt-4o-mini", actionId: "act-1", actionStep: "generate" },
  }),
  event({
    id: "r2",
    at: "2026-11-20T10:00:03.000Z",
    nano: 5_000n,
    over: { actionId: "act-1", actionStep: "check", latencyMs: 4_000 },
  }),
  event({
    id: "hit",
    at: "2026-11-20T10:30:00.000Z",
    nano: 0n,
    over: { cacheLayer: "semantic", cacheHit: true, tags: { team: "cx, emea", env: "prod", other: "x" } },
  }),
  event({ id: "miss", at: "2026-11-20T10:31:00.000Z", over: { cacheLayer: "semantic", tags: { team: "cx" } } }),
  event({ id: "mirror", at: "2026-11-20T10:32:00.000Z", over: { shadow: true } }),
  event({
    id: "unpriced",
    at: "2026-11-20T10:33:00.000Z",
    nano: 0n,
    over: {
      modelServed: "=cmd()",
      rating: { pricingState: "unpriced", costNanoUsd: 0n, lines: [], priceRuleId: null, savedNanoUsd: 0n },
    },
  }),
  // The same request id in another tenant.
  event({
    id: "g-r1",
    at: "2026-11-20T11:00:00.000Z",
    tenant: "globex",
    nano: 70_000n,
    over: { requestId: "r1", actionId: "act-1" },
  }),
  event({ id: "old", at: "2026-10-01T00:00:00.000Z" }),
];

beforeAll(async () => {
  db = await testDatabase();
  await db.pool.query("update workspace set tag_keys = array['team', 'env']");
  await ensureEventPartitions(db.pool, [...new Set(EVENTS.map((each) => new Date(each.occurredAt).toISOString().slice(0, 10)))]);
  await withTransaction(db.pool, async (client) => {
    await claimIdentities(client, EVENTS);
    await storeEvents(client, EVENTS, () => NOW.getTime());
  });
});
afterAll(async () => {
  await db.close();
});

const ids = async (filter: RequestFilterInput, actor?: Actor) =>
  (await listRequests(ctxOf(actor), filter)).rows.map((row) => row.id);

describe("listing requests", () => {
  it("gives one row a request, newest first, without mirrored traffic, over the last 24 hours", async () => {
    expect(await ids({})).toEqual(["g-r1", "unpriced", "miss", "hit", "r2", "r1-3"]);
  });

  it("tells the attempts and the cost of the whole request beside the cost of its last attempt", async () => {
    const { rows } = await listRequests(ctxOf(), { dimensions: { tenant: ["acme"], modelServed: ["gpt-4o-mini"] } });
    expect(rows).toMatchObject([
      {
        id: "r1-3",
        requestId: "r1",
        costUsd: "0.0000003",
        attempts: 3,
        requestCostUsd: "0.0000006",
        tokensIn: 15,
        tokensCached: 5,
        tokensOut: 3,
      },
    ]);
  });

  it("gives every event when attempts are asked for", async () => {
    expect(await ids({ rows: "attempts", dimensions: { tenant: ["acme"] } })).toEqual([
      "unpriced",
      "mirror",
      "miss",
      "hit",
      "r2",
      "r1-3",
      "r1-2",
      "r1-1",
    ]);
    expect(await ids({ rows: "attempts", flags: ["retry"] })).toEqual(["r1-3", "r1-2"]);
    expect(await ids({ rows: "attempts", flags: ["fallback"] })).toEqual(["r1-3"]);
  });

  it.each<[string, RequestFilterInput, string[]]>([
    ["status", { rows: "attempts", dimensions: { status: ["timeout", "error"] } }, ["r1-2", "r1-1"]],
    ["error class", { rows: "attempts", dimensions: { errorClass: ["upstream_500"] } }, ["r1-2"]],
    ["not set", { dimensions: { actionStep: [""], tenant: ["acme"] } }, ["unpriced", "miss", "hit"]],
    ["a number", { dimensions: { generation: ["7"], actionStep: ["check"] } }, ["r2"]],
    ["cache hit by layer", { dimensions: { cacheOutcome: ["semantic"] } }, ["hit"]],
    ["cache miss", { dimensions: { cacheOutcome: ["miss"] } }, ["miss"]],
    ["tags, as the rollups write them", { dimensions: { tags: ["env=prod,team=cx; emea"] } }, ["hit"]],
    ["one tag of several", { dimensions: { tags: ["env=prod"] } }, ["hit"]],
    ["pricing state", { pricing: ["unpriced"] }, ["unpriced"]],
    ["least cost", { minCostUsd: "0.000005" }, ["g-r1", "r2"]],
    ["least latency", { minLatencyMs: 4_000 }, ["r2"]],
    ["range, end exclusive", { from: "2026-11-20T10:00:02Z", to: "2026-11-20T10:00:03Z" }, ["r1-3"]],
    ["request id, whenever it was", { q: "old" }, ["old"]],
    ["request id: its attempts", { q: "r1", dimensions: { tenant: ["acme"] } }, ["r1-3", "r1-2", "r1-1"]],
    ["action id", { q: "act-1", dimensions: { tenant: ["globex"] } }, ["g-r1"]],
    ["event id", { q: "r1-2" }, ["r1-2"]],
  ])("filters by %s", async (_, filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  it("sorts by cost and by latency", async () => {
    expect((await ids({ sort: "cost" })).slice(0, 2)).toEqual(["g-r1", "r2"]);
    expect((await ids({ sort: "latency" }))[0]).toBe("r2");
  });

  it.each(["recent", "cost", "latency"] as const)("pages by %s without repeating or skipping a row", async (sort) => {
    const all = await ids({ sort, rows: "attempts" });
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listRequests(ctxOf(), { sort, rows: "attempts", limit: 2, ...(cursor ? { cursor } : {}) });
      paged.push(...page.rows.map((row) => row.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(paged).toEqual(all);
    expect(new Set(paged).size).toBe(9);
  });

  it("refuses a cursor of another list, and a range that ends before it begins", async () => {
    const cursor = encodeCursor({ sort: "recent", value: null, at: NOW.toISOString(), id: "x" });
    await expect(ids({ sort: "cost", cursor })).rejects.toMatchObject({ code: "invalid" });
    await expect(ids({ cursor: "nonsense" })).rejects.toMatchObject({ code: "invalid" });
    await expect(ids({ from: "2026-11-20T11:00:00Z", to: "2026-11-20T10:00:00Z" })).rejects.toMatchObject({ code: "invalid" });
  });
});

describe("tenant scope", () => {
  it("is part of the query: a viewer of acme sees nothing of globex, whatever is asked", async () => {
    const acme = viewerOf("acme");
    expect(await ids({ dimensions: { tenant: ["globex"] } }, acme)).toEqual([]);
    expect(await ids({ q: "g-r1" }, acme)).toEqual([]);
    expect(await ids({ q: "act-1" }, acme)).toEqual(["r2", "r1-3", "r1-2", "r1-1"]);
    expect((await listRequests(ctxOf(acme), { q: "r1" })).rows[0]).toMatchObject({ attempts: 3, requestCostUsd: "0.0000006" });
  });

  it("of nobody is nothing, not everything", async () => {
    expect(await ids({}, viewerOf())).toEqual([]);
    await expect(getRequest(ctxOf(viewerOf()), "r1")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("one request", () => {
  it("has all attempts in order, with the stored lines, and the chain of its action", async () => {
    const found = await getRequest(ctxOf(viewerOf("acme")), "r1");
    expect(found.attempts.map(({ event: each }) => [each.attempt, each.status])).toEqual([
      [1, "timeout"],
      [2, "error"],
      [3, "success"],
    ]);
    expect(found.attempts[2]!.rating).toEqual({
      costNanoUsd: 300n,
      savedNanoUsd: 0n,
      lines: [
        { meter: "input", quantity: 10, unitPriceUsd: "0.1", modifiers: [{ reason: "batch", factor: "0.5" }], costNanoUsd: 300n },
      ],
    });
    expect(found.action).toMatchObject({ id: "act-1", truncated: false });
    expect(found.action!.events.map(({ id }) => id)).toEqual(["r1-1", "r1-2", "r1-3", "r2"]);
  });

  it("is found by the id of one of its events", async () => {
    expect(await getRequest(ctxOf(), "r1-2")).toMatchObject({ requestId: "r1", tenant: "acme" });
  });

  it("of two tenants with one id is the latest, or the one that is named", async () => {
    expect((await getRequest(ctxOf(), "r1")).tenant).toBe("globex");
    expect((await getRequest(ctxOf(), "r1", "acme")).attempts).toHaveLength(3);
    expect((await getRequest(ctxOf(viewerOf("acme")), "r1")).tenant).toBe("acme");
    await expect(getRequest(ctxOf(viewerOf("acme")), "r1", "globex")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("CSV", () => {
  it("streams every row of the filter, formulas disarmed, no cost for what has no price", async () => {
    const text = await new Response(csvStream(eachRequest(ctxOf(), {}, 2))).text();
    const lines = text.trimEnd().split("\r\n");
    expect(lines).toHaveLength(7);
    const header = lines[0]!.split(",");
    const unpriced = lines.find((line) => line.includes(",unpriced,"))!.split(",");
    expect(unpriced[header.indexOf("model_served")]).toBe("'=cmd()");
    expect(unpriced[header.indexOf("cost_usd")]).toBe("");
    expect(lines.find((line) => line.includes(",r2,"))!.split(",")[header.indexOf("cost_usd")]).toBe("0.000005");
  });

  it("is for analysts and above; an API key that may read may export", async () => {
    await expect(eachRequest(ctxOf(viewerOf("acme")), {}).next()).rejects.toMatchObject({ code: "forbidden" });
    const key: Actor = { kind: "api_key", id: "k", name: "k", role: "viewer", tenants: ["globex"], scopes: ["read"] };
    expect((await eachRequest(ctxOf(key), {}).next()).value).toHaveLength(1);
  });

  it("disarms every formula and keeps every other text as it was", () => {
    expect(["=1+1", "+1", "-1", "@x", "\tx"].map((text) => csvCell(text))).toEqual(["'=1+1", "'+1", "'-1", "'@x", "'\tx"]);
    expect([csvCell('a"b'), csvCell("a,b"), csvCell(-1), csvCell(null)]).toEqual(['"a""b"', '"a,b"', "-1", ""]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cell = csvCell(text);
        const plain = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
        expect(/^[=+\-@\t\r]/.test(plain)).toBe(false);
        expect(plain === text || plain === `'${text}`).toBe(true);
      }),
    );
  });
});

describe("the address", () => {
  it("carries a filter there and back", () => {
    const filter: RequestFilterInput = {
      dimensions: { tenant: ["a,b", "c"], feature: [""] },
      rows: "attempts",
      pricing: ["unpriced"],
      minCostUsd: "0.5",
      sort: "cost",
      q: "r1",
    };
    expect(requestFilterSchema.parse(requestFilterOf(requestFilterParams(filter)))).toEqual(requestFilterSchema.parse(filter));
  });
  it("refuses a name it does not know", () => {
    expect(() => requestFilterSchema.parse(requestFilterOf(new URLSearchParams("tennant=acme")))).toThrow(/tennant/);
  });
  it("reads a cursor back as it was written", () => {
    const cursor = { sort: "latency" as const, value: "1.5e-7", at: NOW.toISOString(), id: "r|1" };
    expect(decodeCursor(encodeCursor(cursor), "latency")).toEqual(cursor);
  });
});
