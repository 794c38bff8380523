/**
 * Applies prisma/migrations/<name>/migration.sql in order, keeping Prisma's own `_prisma_migrations` table and
 * checksums, so that `prisma migrate deploy` stays usable where Prisma's schema engine can be had.
 * One advisory lock: any number of programs may start at once.
 */
import { createHash, randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import pg from "pg";
import { projectRoot } from "./project-root";

const LOCK = 72_707_369; // the key Prisma itself uses for migrate

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export function readMigrations(dir = path.join(projectRoot(), "prisma/migrations")): Migration[] {
  return fs
    .readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = fs.readFileSync(path.join(dir, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/** Apply what is missing; returns the names applied. Throws when an applied migration was edited afterwards. */
export async function migrate(url: string, migrations = readMigrations()): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await client.query(`create table if not exists _prisma_migrations (
      id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
      migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
      started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      "select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null",
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const done: string[] = [];
    for (const migration of migrations) {
      const known = applied.get(migration.name);
      if (known === migration.checksum) continue;
      if (known !== undefined) {
        throw new Error(`Migration ${migration.name} was edited after it was applied. Restore it and add a new one.`);
      }
      await client.query("begin");
      try {
        await client.query(migration.sql);
        await client.query(
          `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
           values ($1, $2, $3, now(), now(), 1)`,
          [randomUUID(), migration.checksum, migration.name],
        );
        await client.query("commit");
      } catch (cause) {
        await client.query("rollback");
        throw new Error(`Migration ${migration.name} failed: ${(cause as Error).message}`, { cause });
      }
      done.push(migration.name);
    }
    return done;
  } finally {
    await client.end();
  }
}
