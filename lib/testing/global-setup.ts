/** Starts the PostgreSQL of a test run and prepares the template database; vitest calls it once. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "@/lib/db/embedded";
import { migrate } from "@/lib/db/migrate";
import { migrateQueues } from "@/lib/queue";
import { TEMPLATE, urlOf } from "./database";

export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-test-"));
  fs.chmodSync(dataDir, 0o755);
  const server = await startEmbeddedPostgres({
    dataDir: path.join(dataDir, "postgres"),
    settings: {
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      shared_buffers: "128MB",
      max_connections: "300",
    },
  });
  process.env["HEADROOM_TEST_DATABASE_URL"] = server.url;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  await migrate(urlOf(TEMPLATE));
  await migrateQueues(urlOf(TEMPLATE));
  return async () => {
    await server.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
}
