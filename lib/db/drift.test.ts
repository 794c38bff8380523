import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import type * as SchemaEngine from "@prisma/schema-engine-wasm/schema_engine_bg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { migrate, readMigrations } from "./migrate";
import { projectRoot } from "./project-root";

/**
 * What Prisma itself would create for a schema: the SQL of its schema engine, from npm as WebAssembly.
 * (The native engine is a download, and its stand-in reports success without looking. The engine's own comparison
 * cannot read the "char" columns of PostgreSQL's catalogue through the pg adapter, so the catalogues are compared here.)
 */
async function sqlOfPrismaSchema(url: string, schema: string): Promise<string> {
  const bindings = await schemaEngine();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  const engine = await bindings.SchemaEngine.new({ datamodels: [["schema.prisma", schema]] }, () => undefined, adapter);
  try {
    const result = await engine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content: schema }] },
      script: true,
      exitCode: null,
      shadowDatabaseUrl: null,
      filters: { externalTables: [], externalEnums: [] },
    } as never);
    return result.stdout ?? "";
  } finally {
    engine.free();
  }
}

let loaded: Promise<typeof SchemaEngine> | undefined;

/** The engine's bindings keep state: they are given their WebAssembly instance once. */
function schemaEngine() {
  loaded ??= (async () => {
    const bindings = await import("@prisma/schema-engine-wasm/schema_engine_bg");
    const folder = path.dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
    const compiled = new WebAssembly.Module(fs.readFileSync(path.join(folder, "schema_engine_bg.wasm")));
    const imports = { "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports };
    const instance = new WebAssembly.Instance(compiled, imports);
    (bindings as unknown as { __wbg_set_wasm(exports: unknown): void }).__wbg_set_wasm(instance.exports);
    (instance.exports["__wbindgen_start"] as () => void)();
    return bindings;
  })();
  return loaded;
}

/** Columns, indexes, keys of a Postgres schema as sorted lines of text. Checks and triggers are ours alone. */
async function catalogueOf(client: pg.Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select format('column %s.%s %s%s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
            case when a.attnotnull then ' not null' else '' end,
            coalesce(replace(pg_get_expr(d.adbin, d.adrelid), $1 || '.', ''), '-')) as line
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = $1::regnamespace and c.relkind = 'r' and c.relname <> '_prisma_migrations'
     union all
     select 'index ' || replace(indexdef, $1 || '.', '') from pg_indexes where schemaname = $1 and tablename <> '_prisma_migrations'
     union all
     select format('key %s %s', conname, replace(pg_get_constraintdef(oid), $1 || '.', ''))
       from pg_constraint where connamespace = $1::regnamespace and contype in ('p', 'f', 'u') and conrelid <> '_prisma_migrations'::regclass
     order by 1`,
    [schema],
  );
  return rows.map((row) => row.line);
}

/** Lines that only one side has: `-` in the migrated database only, `+` in Prisma's only. */
async function driftOf(url: string, schema: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("drop schema if exists expected cascade; create schema expected");
    const migrated = await catalogueOf(client, "public");
    await client.query("set search_path = expected, public");
    await client.query((await sqlOfPrismaSchema(url, schema)).replace(/CREATE SCHEMA IF NOT EXISTS "public";/, ""));
    const expected = await catalogueOf(client, "expected");
    return [
      ...migrated.filter((line) => !expected.includes(line)).map((line) => `- ${line}`),
      ...expected.filter((line) => !migrated.includes(line)).map((line) => `+ ${line}`),
    ];
  } finally {
    await client.end();
  }
}

describe("migrations", () => {
  let database: TestDatabase;
  const schema = fs.readFileSync(path.join(projectRoot(), "prisma/schema.prisma"), "utf8");
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  it("leave the database exactly as prisma/schema.prisma describes it", async () => {
    expect(await driftOf(database.url, schema)).toEqual([]);
  });

  it("would be caught if the schema said something else (the check above can fail)", async () => {
    const planted = schema.replace("model Tenant {", "model Tenant {\n  planted String?");
    expect(await driftOf(database.url, planted)).toEqual(["+ column tenant.planted text default -"]);
  });

  it("are applied once: a second run does nothing", async () => {
    expect(await migrate(database.url)).toEqual([]);
  });

  it("refuse a migration that was edited after it was applied", async () => {
    const edited = readMigrations().map((migration, i) => (i === 0 ? { ...migration, checksum: "0".repeat(64) } : migration));
    await expect(migrate(database.url, edited)).rejects.toThrow(/was edited after it was applied/);
  });

  it("keep the audit log append-only, even for the owner", async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await expect(client.query("delete from audit_event")).rejects.toThrow(/append-only/);
    await client.end();
  });
});
