import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appendAudit } from "@/lib/audit";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.$transaction((tx) =>
    appendAudit(tx, { actor: SYSTEM_ACTOR, now: new Date() }, { action: "thing.make", subject: "thing:1", data: { n: 1 } }),
  );
});
afterAll(() => db.close());

/** The command as an operator runs it. */
function verify(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATABASE_URL: db.url };
    const child = execFile(
      process.execPath,
      ["--import", "tsx", "workers/audit-verify.ts", ...args],
      { env },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe("npm run audit:verify", () => {
  it("prints a head that can be held against the chain later, and fails when the chain is broken", async () => {
    const first = await verify();
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/holds: 1 events\. Head: 1:[0-9a-f]{64}/) });
    const head = /1:[0-9a-f]{64}/.exec(first.out)![0];
    expect(await verify(head)).toMatchObject({ code: 0 });
    expect(await verify(`1:${"0".repeat(64)}`)).toMatchObject({ code: 1, err: expect.stringContaining("BROKEN at event 1") });
    expect(await verify("yesterday")).toMatchObject({ code: 2, err: expect.stringContaining("<number>:<64 hex digits>") });
  });
});
