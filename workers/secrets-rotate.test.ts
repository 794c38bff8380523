import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seal, secretKeysOf } from "@/lib/secrets";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";

const SECRET = "a-secret-of-the-tests-with-32-characters";
let db: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  db = await testDatabase();
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-rotate-"));
});
afterAll(async () => {
  fs.rmSync(dataDir, { recursive: true, force: true });
  await db.close();
});

/** The command as an operator runs it beside `npm start`, which keeps the address of its database and its secret. */
function rotate(settings: Record<string, string>): Promise<{ code: number; out: string; err: string }> {
  const { DATABASE_URL: _url, HEADROOM_SECRET: _secret, ...others } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", "workers/secrets-rotate.ts"],
      { env: { ...others, HEADROOM_DATA_DIR: dataDir, ...settings } },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

async function channel(name: string, keys: Parameters<typeof seal>[0]): Promise<string> {
  const { id } = await db.prisma.notificationChannel.create({
    data: { name, kind: "webhook", config: {}, secrets: {}, createdByName: "Ada", createdAt: new Date(), updatedAt: new Date() },
  });
  const secrets = { secret: seal(keys, `whsec_${name}`, `notification_channel:${id}:secret`) };
  await db.prisma.notificationChannel.update({ where: { id }, data: { secrets } });
  return id;
}

it("npm run secrets:rotate seals with the new key what it can open, and names what it cannot", async () => {
  expect(await rotate({})).toMatchObject({ code: 2, err: expect.stringContaining("HEADROOM_DATA_DIR") });
  fs.writeFileSync(path.join(dataDir, "database-url"), `${db.url}\n`);
  fs.writeFileSync(path.join(dataDir, "secret"), `${SECRET}\n`);
  const key = () => randomBytes(32).toString("base64");
  const [next, lost] = [key(), key()];
  await channel("Derived", secretKeysOf({ HEADROOM_SECRET: SECRET }));
  const stranger = await channel("Stranger", secretKeysOf({ HEADROOM_ENCRYPTION_KEY: lost }));

  const first = await rotate({ HEADROOM_ENCRYPTION_KEY: next });
  expect(first).toMatchObject({ code: 1, out: "1 channel sealed anew, 0 channels already had the key of now.\n" });
  expect(first.err).toMatch(/^Stranger: A secret is sealed with the key [0-9a-f]{8}, which is not here\./);
  const second = await rotate({ HEADROOM_ENCRYPTION_KEY: next, HEADROOM_ENCRYPTION_KEY_PREVIOUS: lost });
  expect(second).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^1 channel sealed anew, 1 channel already[^]*taken away\.\n$/),
  });
  const audit = await db.prisma.auditEvent.findMany({ where: { subject: `notification_channel:${stranger}` } });
  expect(audit.map(({ action }) => action)).toEqual(["notification_channel.reseal"]);
  expect(JSON.stringify([audit.map(({ data }) => data), first, second])).not.toContain("whsec_");
}, 60_000);
