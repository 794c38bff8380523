/**
 * Real databases for tests. One embedded PostgreSQL per test run (global-setup.ts) holds a migrated template;
 * `testDatabase()` clones it in some 50 ms, so every test file has a database of its own.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { openDb, type Db } from "@/lib/db";

const TEMPLATE = "headroom_template";

export interface TestDatabase extends Db {
  readonly url: string;
}

function adminUrl(): string {
  const url = process.env["HEADROOM_TEST_DATABASE_URL"];
  if (!url) throw new Error("HEADROOM_TEST_DATABASE_URL is not set: run tests through vitest with .config/vitest.ts.");
  return url;
}

export function urlOf(database: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${database}`;
  return url.toString();
}

/** A fresh migrated database. `close()` drops it. */
export async function testDatabase(options: { max?: number } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asAdmin(`create database ${name} template ${TEMPLATE}`);
  const opened = openDb(urlOf(name), { max: options.max ?? 5 });
  return {
    ...opened,
    url: urlOf(name),
    close: async () => {
      await opened.close();
      await asAdmin(`drop database if exists ${name} with (force)`);
    },
  };
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export { TEMPLATE };
