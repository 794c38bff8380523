import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openDb, type Db } from "@/lib/db";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { AppError } from "./errors";
import { asAppError, logLevelOf, problemResponse } from "./problem";

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("what is thrown, to people and to the log", () => {
  it("what we refuse on purpose says all of it to who asked, and is not logged", () => {
    const refusal = new AppError("conflict", "Somebody saved version 2.");
    const invalid = z.object({ name: z.string() }).safeParse({}).error;
    expect([logLevelOf(refusal), logLevelOf(invalid)]).toEqual([undefined, undefined]);
    expect([asAppError(refusal)?.message, asAppError(invalid)?.code]).toEqual(["Somebody saved version 2.", "invalid"]);
  });
  it("a fault of ours is logged as an error, and says nothing but the request id", async () => {
    const fault = new TypeError("x is undefined");
    expect(logLevelOf(fault)).toBe("error");
    const answer = await problemResponse(fault, "r-1").text();
    expect(answer).toContain("r-1");
    expect(answer).not.toContain("x is undefined");
  });
});

describe("a database that has no connection left", () => {
  let base: TestDatabase;
  let db: Db;
  beforeAll(async () => {
    base = await testDatabase();
    db = openDb(base.url, { max: 1 });
  });
  afterAll(async () => {
    await db.close();
    await base.close();
  });

  it.each([
    ["a transaction", () => db.prisma.$transaction((tx) => tx.workspace.count())],
    ["a query of Prisma", () => db.prisma.workspace.count()],
    ["a query of the pool", () => db.pool.query("select 1")],
  ])("%s: busy, try again; the cause is logged as a warning", async (_, work) => {
    const only = await db.pool.connect();
    try {
      const error = await thrownBy(work());
      expect(asAppError(error)).toMatchObject({ code: "unavailable", details: { retryAfterSec: 5 } });
      expect(asAppError(error)?.message).toContain("The database is busy");
      expect(logLevelOf(error)).toBe("warn");
    } finally {
      only.release();
    }
    // Free again, it answers.
    expect(await db.prisma.workspace.count()).toBeGreaterThanOrEqual(0);
  });

  it("two of one thing at once: a conflict for people, a warning in the log", async () => {
    const tenant = { id: "twice", name: "Twice" };
    await db.prisma.tenant.create({ data: tenant });
    const error = await thrownBy(db.prisma.tenant.create({ data: tenant }));
    expect([asAppError(error)?.code, logLevelOf(error)]).toEqual(["conflict", "warn"]);
  });
});
