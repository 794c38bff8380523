import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx, type Role, type TenantScope } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { getMonth, getStatement } from "@/lib/statements";
import type { TestDatabase } from "@/lib/testing/database";
import { pricedDatabase, store } from "@/workers/repricing/testing";
import { listInvoices, reconcileMonth, uploadInvoice, withdrawInvoice } from "./index";

const now = new Date();
const at = new Date(now.getTime() - 3_600_000);
const MONTH = at.toISOString().slice(0, 7);
let db: TestDatabase;

const ctx = (role: Role = "admin", tenants: TenantScope = "all"): Ctx => ({
  actor: { ...SYSTEM_ACTOR, kind: "user", name: "Ada", role, tenants },
  db,
  now,
  log: createLogger("test"),
});
const upload = (text: string, over: Record<string, string> = {}, who = ctx()) =>
  uploadInvoice(
    who,
    (async function* () {
      yield text;
    })(),
    { month: MONTH, provider: "openai", name: "bill.csv", ...over },
  );
const HEADER = "invoice,category,model,meter,description,from,to,quantity,amount,currency";
const of = (line: string) => `INV-1,${line.replace("PERIOD", `${MONTH}-01,${MONTH}-02`)},USD`;

beforeAll(async () => {
  db = await pricedDatabase();
  // gpt-4.1 is $2 and $8 per 1M: acme $2 + $8, bolt $4.
  const call = {
    provider: "openai",
    modelRequested: "gpt-4.1",
    modelServed: "gpt-4.1",
    status: "success" as const,
    occurredAt: at.toISOString(),
  };
  await store(db, now.getTime(), [
    { ...call, id: "a", tenant: "acme", meters: { input: 1_000_000, output: 1_000_000 } },
    { ...call, id: "b", tenant: "bolt", meters: { input: 2_000_000, output: 0 } },
  ] as never);
});
afterAll(() => db.close());

describe("an invoice", () => {
  let id = "";
  it("with broken lines is kept but for them, and each is named", async () => {
    const { invoice } = await upload(
      [
        HEADER,
        of("Usage,gpt-4.1,Input Tokens,input,PERIOD,3300000,6.60"),
        "broken",
        of("Usage,gpt-4.1,Output Tokens,output,PERIOD,1000000,7.20"),
        of("Usage,,,Web search,PERIOD,,1.00"),
        of("Tax,,,VAT,PERIOD,,2.80"),
        of("Credit,,,Credit,PERIOD,,-1.40"),
      ].join("\n"),
    );
    id = invoice.id;
    expect(invoice).toMatchObject({
      number: "INV-1",
      lines: 5,
      problems: [{ line: 3, problem: "It has 1 cells; the header has 10." }],
    });
  });

  it("is reconciled: 0.6 more input, output 10 % cheaper, a search nobody calculated, tax and credit", async () => {
    const result = await reconcileMonth(ctx("analyst"), { month: MONTH, provider: "openai" });
    expect([result.billedUsd, result.calculatedUsd]).toEqual(["16.2", "14"]);
    expect(result.parts).toEqual({
      price: "-0.8",
      quantity: "0.6",
      timing: "0",
      credit: "-1.4",
      tax: "2.8",
      unmodelled: "1",
      residual: "0",
    });
    expect(result.rows.find(({ matchedBy }) => matchedBy === "none" && true)).toBeDefined();
    expect(result.rows.filter(({ description }) => description === "Web search")).toMatchObject([
      { matchedBy: "none", lines: [5] },
    ]);
  });

  it("makes tenants and what nobody is charged for add up to itself, to the cent", async () => {
    const month = await getMonth(ctx(), MONTH);
    // Tax and credit by spend, 10 : 4; what is billed and not explained is 14.80 − 14 = 0.80.
    expect(month.tenants.map(({ tenant, total, other }) => [tenant, total, other])).toEqual([
      ["acme", "11.00", "1.00"],
      ["bolt", "4.40", "0.40"],
    ]);
    expect(month.unallocated!.map(({ kind, amount }) => [kind, amount])).toEqual([["residual", "0.80"]]);
    expect(month.total).toBe("16.20");
    const { live } = await getStatement(ctx(), { tenant: "acme", month: MONTH });
    expect(live.lines.filter(({ kind }) => kind === "tax")).toMatchObject([{ amount: "2.00", invoiceId: id }]);
  });

  it("uploaded again supersedes the first; withdrawn it no longer counts; each leaves an audit event", async () => {
    const again = await upload([HEADER, of("Usage,gpt-4.1,Input Tokens,input,PERIOD,3000000,6.00")].join("\n"));
    expect(again.superseded).toBe(1);
    expect((await getMonth(ctx(), MONTH)).total).toBe("6.00");
    await withdrawInvoice(ctx(), again.invoice.id);
    expect((await listInvoices(ctx("analyst"), MONTH)).items).toEqual([]);
    expect((await getMonth(ctx(), MONTH)).total).toBe("14.00");
    await expect(withdrawInvoice(ctx(), id)).rejects.toMatchObject({ code: "not_found" });
    const { rows } = await db.pool.query<{ action: string }>(
      "select action from audit_event where action like 'invoice.%' order by seq",
    );
    expect(rows.map(({ action }) => action)).toEqual(["invoice.upload", "invoice.upload", "invoice.withdraw"]);
  });

  it("is for admins to upload and for analysts of everything to see; nothing readable is refused", async () => {
    await expect(upload("x", {}, ctx("lead"))).rejects.toMatchObject({ code: "forbidden" });
    await expect(upload("x", {}, ctx("admin", ["acme"]))).rejects.toMatchObject({ code: "forbidden" });
    await expect(listInvoices(ctx("viewer"), MONTH)).rejects.toMatchObject({ code: "forbidden" });
    await expect(reconcileMonth(ctx("analyst", ["acme"]), { month: MONTH, provider: "openai" })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(upload("amount\nx")).rejects.toThrow("No line could be read. Line 1: The header has no column for from");
    await expect(upload('{"data":[]}')).rejects.toMatchObject({ code: "unprocessable" });
  });
});
