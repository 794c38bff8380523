import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx, type Role, type TenantScope } from "@/lib/auth/actor";
import { readCsvLines } from "@/lib/csv/read-csv";
import {
  cancelExport,
  createExport,
  downloadExport,
  expireFiles,
  getExport,
  listExports,
  readReceipt,
  runExport,
} from "@/lib/exports";
import { storeChunk } from "@/lib/exports/store";
import { createLogger } from "@/lib/log";
import { createRule } from "@/lib/pricing/manage";
import { getMonth, moveStatement } from "@/lib/statements";
import type { TestDatabase } from "@/lib/testing/database";
import { ctxOf, pricedDatabase, store } from "../repricing/testing";

const log = createLogger("test");
const now = new Date();
const MONTH = new Date(now.getTime() - 20 * 86_400_000).toISOString().slice(0, 7);
const monthStart = Date.parse(`${MONTH}-01T00:00:00Z`);
/** Days of that month that raw rows are kept for, up to now. */
const from = Math.max(monthStart, now.getTime() - 30 * 86_400_000);
const to = Math.min(now.getTime() - 60_000, Date.parse(`${MONTH}-28T00:00:00Z`));
/** When the month is over. */
const later = new Date(Date.UTC(Number(MONTH.slice(0, 4)), Number(MONTH.slice(5)), 3));
let db: TestDatabase;

const person = (id: string, role: Role, tenants: TenantScope = "all"): Ctx => ({
  actor: { ...SYSTEM_ACTOR, kind: "user", id, name: id, role, tenants },
  db,
  now,
  log,
});
const run = (at: Date = now) => runExport({ db, log, now: () => at, leaseMs: 60_000, signal: new AbortController().signal });
async function bytesOf(ctx: Ctx, id: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await downloadExport(ctx, id)).chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function rowsOf(text: string): Promise<Record<string, string>[]> {
  let header: string[] = [];
  const rows: Record<string, string>[] = [];
  const source = (async function* () {
    yield text;
  })();
  for await (const part of readCsvLines(source)) {
    if ("header" in part) header = part.header;
    else if ("cells" in part) rows.push(Object.fromEntries(header.map((name, index) => [name, part.cells[index]!])));
    else throw new Error(part.problem);
  }
  return rows;
}

beforeAll(async () => {
  db = await pricedDatabase();
  await createRule(ctxOf(db), {
    book: "workspace",
    provider: "openai",
    model: "gpt-4o",
    prices: { input: { base: "2" }, cacheRead: { base: "1" }, output: { base: "8" }, modifiers: { discount: { output: "0.9" } } },
    note: "contract",
    effectiveFrom: new Date(from + (to - from) / 2).toISOString(),
  });
  const models = ["gpt-4o", "gpt-4.1-mini", "o3"];
  await store(
    db,
    now.getTime(),
    Array.from({ length: 600 }, (_, seed) => ({
      occurredAt: new Date(from + Math.floor(((to - from) * seed) / 600)).toISOString(),
      tenant: ["acme", "bolt", "=cove"][seed % 3]!,
      provider: "openai",
      modelRequested: models[seed % 7 === 0 ? 2 : seed % 2]!,
      modelServed: models[seed % 7 === 0 ? 2 : seed % 2]!,
      pool: null,
      batch: seed % 11 === 0,
      status: "success" as const,
      cache: null,
      meters: { input: 1_000 + seed, cacheRead: seed % 5 === 0 ? 700 : 0, output: 300 },
    })) as never,
  );
});
afterAll(() => db.close());

describe("a FOCUS file of a month", () => {
  let id = "";
  it("breaks no rule in either version, and its totals are those of the statements, to the last digit", async () => {
    for (const version of ["1.4", "1.2"] as const) {
      const made = await createExport(person("ana", "analyst"), { kind: "focus", month: MONTH, version });
      id = version === "1.4" ? made.id : id;
      expect(await run()).toBe("done");
      expect(await getExport(person("ana", "analyst"), made.id)).toMatchObject({
        status: "done",
        failures: 0,
        matchesStatement: true,
      });
    }
    const receipt = await readReceipt(person("ana", "analyst"), id);
    const month = await getMonth(person("ana", "analyst"), MONTH);
    expect(receipt.rows).toBeGreaterThan(100);
    expect(receipt.check.rules.every(({ failed }) => failed === 0)).toBe(true);
    expect(receipt.check.rules.find((rule) => rule.id === "list-cost")!.checked).toBe(receipt.rows);
    expect(receipt.statement.tenants.map(({ tenant, equal }) => [tenant, equal])).toEqual([
      // What no tenant is charged for: nothing here.
      ["", true],
      ["=cove", true],
      ["acme", true],
      ["bolt", true],
    ]);
    expect(Number(receipt.check.totals.billedCost).toFixed(2)).toBe(month.total);
    expect(receipt.missingDays).toEqual([]);
  });

  it("is a CSV with one row per meter, price and day, whose rows add up to the receipt", async () => {
    const text = (await bytesOf(person("ana", "analyst"), id)).toString("utf8");
    const rows = await rowsOf(text);
    const receipt = await readReceipt(person("ana", "analyst"), id);
    expect(rows).toHaveLength(receipt.rows);
    const nano = (value: string) => BigInt(Math.round(Number(value) * 1e9));
    const sum = rows.reduce((total, row) => total + nano(row["BilledCost"]!), 0n);
    expect(sum).toBe(nano(receipt.check.totals.billedCost));
    const keys = rows.map((row) =>
      ["ChargePeriodStart", "SubAccountId", "x_Endpoint", "x_ModelRoute", "SkuPriceId", "RegionId"]
        .map((name) => row[name])
        .join("|"),
    );
    expect(new Set(keys).size).toBe(keys.length);
    // Under the contract the list price stays the public one: $2.50 against $2.00; output has its negotiated factor too.
    const contract = rows.filter((row) => row["ResourceId"] === "gpt-4o" && row["ContractedUnitPrice"] === "2.0");
    expect(contract.length).toBeGreaterThan(0);
    expect(contract.every((row) => row["ListUnitPrice"] === "2.5")).toBe(true);
    expect(rows.some((row) => row["ContractedUnitPrice"] === "7.2" && row["ListUnitPrice"] === "10.0")).toBe(true);
    expect(text).toContain(",'=cove,");
  });

  it("comes as Parquet with the same rows", async () => {
    const { id: parquet } = await createExport(person("ana", "analyst"), { kind: "focus", month: MONTH, format: "parquet" });
    await run();
    const bytes = await bytesOf(person("ana", "analyst"), parquet);
    const back = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    });
    const receipt = await readReceipt(person("ana", "analyst"), parquet);
    expect(back).toHaveLength(receipt.rows);
    expect(back.reduce((total, row) => total + Number(row["BilledCost"]), 0)).toBeCloseTo(
      Number(receipt.check.totals.billedCost),
      9,
    );
  });

  it("holds the tenants of who asked, and is theirs only; a scope that shrank shuts out the old file", async () => {
    const limited = person("bo", "analyst", ["bolt"]);
    const { id: own } = await createExport(limited, { kind: "focus", month: MONTH });
    await run();
    const rows = await rowsOf((await bytesOf(limited, own)).toString("utf8"));
    expect(new Set(rows.map((row) => row["SubAccountId"]))).toEqual(new Set(["bolt"]));
    expect((await readReceipt(limited, own)).statement).toMatchObject({ equal: true, tenants: [{ tenant: "bolt" }] });
    await expect(downloadExport(person("ana", "analyst"), own)).rejects.toMatchObject({ code: "not_found" });
    await expect(downloadExport(person("bo", "analyst", ["acme"]), own)).rejects.toMatchObject({ code: "not_found" });
    await expect(downloadExport(person("ana", "analyst", ["acme"]), id)).rejects.toMatchObject({ code: "not_found" });
    await expect(createExport(person("vi", "viewer"), { kind: "focus", month: MONTH })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect((await listExports(limited)).items.map((item) => item.id)).toEqual([own]);
  });

  it("has late data of a locked statement as correction rows, and says what a restatement would add", async () => {
    const admin = { ...person("ada", "admin"), now: later };
    const of = { tenant: "acme", month: MONTH };
    const drawn = await moveStatement(admin, { action: "draft", ...of });
    await moveStatement(admin, { action: "lock", ...of, contentHash: drawn.revisions[0]!.contentHash });
    await store(db, now.getTime(), [
      {
        id: "late-1",
        occurredAt: new Date(from + 1_000).toISOString(),
        tenant: "acme",
        provider: "openai",
        modelRequested: "o3",
        modelServed: "o3",
        status: "success",
        meters: { input: 1_000_000, output: 0 },
      } as never,
    ]);
    const asked = { ...admin, now };
    const { id: late } = await createExport(asked, { kind: "focus", month: MONTH });
    await run(later);
    const receipt = await readReceipt(asked, late);
    expect(receipt.check.failures).toBe(0);
    expect(receipt.statement.tenants.find(({ tenant }) => tenant === "acme")).toMatchObject({ status: "locked", equal: false });
    const rows = await rowsOf((await bytesOf(asked, late)).toString("utf8"));
    const corrections = rows.filter((row) => row["ChargeClass"] === "Correction");
    // 1M input of o3 at $2
    expect(corrections.map((row) => [row["SubAccountId"], row["BilledCost"], row["SkuMeter"]])).toEqual([
      ["acme", "2.0", "Input Tokens"],
    ]);
    await moveStatement(admin, { action: "restate", ...of, reason: "late" });
    const restated = (await moveStatement(admin, { action: "lock", ...of, contentHash: (await latestHash(of))! })).revisions[0]!;
    expect(restated.content.lines.some(({ correction, amount }) => correction && amount === "2.00")).toBe(true);
    const { id: after } = await createExport(asked, { kind: "focus", month: MONTH });
    await run(later);
    expect((await getExport(asked, after)).matchesStatement).toBe(true);
  });
  const latestHash = async ({ tenant, month }: { tenant: string; month: string }) =>
    (await db.prisma.statement.findFirst({ where: { tenant, month, status: "draft" } }))?.contentHash;
});

describe("the worker", () => {
  const ana = () => person("ana2", "analyst");
  const query = {
    metrics: ["cost_usd", "requests"],
    groupBy: ["tenant"],
    from: new Date(from).toISOString(),
    to: now.toISOString(),
  };

  it("makes any view as CSV and Parquet, and lists of requests", async () => {
    const ids: string[] = [];
    for (const params of [
      { kind: "metrics", query, format: "csv" },
      { kind: "metrics", query, format: "parquet" },
      { kind: "requests", filter: { from: new Date(from).toISOString(), to: now.toISOString() } },
    ]) {
      ids.push((await createExport(ana(), params)).id);
      expect(await run()).toBe("done");
    }
    const csv = await rowsOf((await bytesOf(ana(), ids[0]!)).toString("utf8"));
    const parquet = await bytesOf(ana(), ids[1]!);
    const back = await parquetReadObjects({
      file: parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.byteLength) as ArrayBuffer,
    });
    expect(back.map((row) => Number(row["cost_usd"]).toFixed(6))).toEqual(csv.map((row) => Number(row["cost_usd"]).toFixed(6)));
    expect(await rowsOf((await bytesOf(ana(), ids[2]!)).toString("utf8"))).toHaveLength(601);
    expect((await getExport(ana(), ids[2]!)).done).toBe(601);
  });

  it("throws away what was written when it is cancelled, and the worker that had it writes no more", async () => {
    const { id } = await createExport(ana(), {
      kind: "requests",
      filter: { from: new Date(from).toISOString(), to: now.toISOString() },
    });
    // A worker that stops half-way: it wrote a piece, and the job is still its own.
    expect(await runExport({ db, log, now: () => now, leaseMs: 60_000, signal: AbortSignal.abort() })).toBe("lost");
    const chunks = async () => (await db.pool.query("select 1 from export_chunk where job_id = $1", [id])).rowCount;
    await expect(downloadExport(ana(), id)).rejects.toMatchObject({ code: "conflict" });
    expect(await storeChunk(db.pool, { id, epoch: 1n }, 99, new Uint8Array([1]))).toBe(true);
    expect((await cancelExport(ana(), id)).status).toBe("cancelled");
    expect(await storeChunk(db.pool, { id, epoch: 1n }, 100, new Uint8Array([1]))).toBe(false);
    expect(await chunks()).toBe(0);
    await expect(cancelExport(ana(), id)).rejects.toMatchObject({ code: "conflict" });
    expect(await run()).toBe("none");
  });

  it("begins anew what a dead worker left, once its lease is over, and not before", async () => {
    const { id } = await createExport(ana(), { kind: "metrics", query });
    const aborted = AbortSignal.abort();
    expect(await runExport({ db, log, now: () => now, leaseMs: 60_000, signal: aborted })).toBe("lost");
    expect(await run()).toBe("none");
    expect(await run(new Date(now.getTime() + 61_000))).toBe("done");
    expect((await bytesOf(ana(), id)).toString("utf8").split("\r\n")[0]).toBe("tenant,cost_usd,requests");
  });

  it("takes files away when their time is over", async () => {
    const { id } = await createExport(ana(), { kind: "metrics", query });
    await run();
    await expireFiles(db, new Date(now.getTime() + 8 * 86_400_000));
    expect((await getExport(ana(), id)).status).toBe("expired");
    await expect(downloadExport(ana(), id)).rejects.toThrow("Export it again");
    expect((await db.pool.query("select 1 from export_chunk where job_id = $1", [id])).rowCount).toBe(0);
  });

  it("says what was refused, and lets five wait", async () => {
    await db.prisma.workspace.update({ where: { id: 1 }, data: { currency: "CHF" } });
    const { id } = await createExport(ana(), { kind: "focus", month: MONTH });
    const fresh = { ...db };
    expect(await runExport({ db: fresh, log, now: () => now, leaseMs: 60_000, signal: new AbortController().signal })).toBe(
      "failed",
    );
    expect((await getExport(ana(), id)).reason).toContain("no exchange rate for CHF");
    await db.prisma.workspace.update({ where: { id: 1 }, data: { currency: "USD" } });
    for (let n = 0; n < 5; n += 1) await createExport(ana(), { kind: "focus", month: MONTH });
    await expect(createExport(ana(), { kind: "focus", month: MONTH })).rejects.toMatchObject({ code: "busy" });
  });
});
