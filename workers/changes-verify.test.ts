import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { createChange, exportEvidence } from "@/lib/changes/store";
import { capOf, ctxOf } from "@/lib/changes/testing/workspace";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";

let db: TestDatabase;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-bundle-"));
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => {
  fs.rmSync(folder, { recursive: true });
  await db.close();
});

/** The command as an auditor runs it: no database, no network. */
function verify(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const { DATABASE_URL: _none, ...env } = process.env;
    const command = ["--import", "tsx", "workers/changes-verify.ts", ...args];
    const child = execFile(process.execPath, command, { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe("npm run changes:verify", () => {
  it("holds for what was exported, and fails for one changed byte", async () => {
    const ctx = ctxOf(db, SYSTEM_ACTOR);
    const { id } = await createChange(ctx, capOf("production", 500));
    const text = await exportEvidence(ctx, id);
    const good = path.join(folder, "good.json");
    fs.writeFileSync(good, text);
    const first = await verify(good);
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/holds: 2 links .* Head: 2:[0-9a-f]{64}/) });
    expect(await verify(good, /2:[0-9a-f]{64}/.exec(first.out)![0])).toMatchObject({ code: 0 });
    const bad = path.join(folder, "bad.json");
    fs.writeFileSync(bad, text.replace("At most 500", "At most 600"));
    expect(await verify(bad)).toMatchObject({ code: 1, err: expect.stringContaining("does NOT hold") });
    expect(await verify()).toMatchObject({ code: 2 });
  });
});
