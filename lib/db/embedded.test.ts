import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { startEmbeddedPostgres } from "./embedded";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-embedded-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("the embedded PostgreSQL", () => {
  it("starts from a folder that only root can walk to, keeps its data over a stop and over kill -9, and wants its password", async () => {
    const dataDir = path.join(folder, "private", "postgres");
    fs.mkdirSync(path.dirname(dataDir), { recursive: true, mode: 0o700 });

    const first = await startEmbeddedPostgres({ dataDir });
    await ask(first.url, "create table kept (n int); insert into kept values (1)");
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/already uses/);
    await expect(ask(first.url.replace(/:[0-9a-f]{48}@/, ":wrong@"), "select 1")).rejects.toThrow(
      /password authentication failed/,
    );
    process.kill(first.pid, "SIGKILL");
    await first.stop();

    const second = await startEmbeddedPostgres({ dataDir });
    expect(await ask(second.url, "select n from kept")).toEqual([{ n: 1 }]);
    await second.stop();
    fs.rmSync(path.dirname(second.dataDir), { recursive: true, force: true });
  });
});
