/**
 * The two doors to Postgres, on one pool: Prisma for entities, `pg` for events, rollups, queries and compare-and-set.
 */
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { config } from "@/lib/config";
import { PrismaClient, type Prisma } from "./generated/client";

// bigint and numeric stay exact: bigint as BigInt, numeric as string. On our pool only: BullMQ has its own.
const exactTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") =>
    oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig["getTypeParser"],
};

export interface Db {
  /** Raw SQL. */
  readonly pool: pg.Pool;
  /** Entities. */
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** A Prisma transaction: what a mutating verb and its audit row share. */
export type Tx = Prisma.TransactionClient;

/** Longer than a rush lasts, shorter than people wait: then it is 503 with Retry-After. */
const CONNECT_MS = 5_000;

export function openDb(url: string, options: { max?: number; applicationName?: string } = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    types: exactTypes,
    application_name: options.applicationName ?? "headroom",
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that breaks must not end the process; the next query gets a fresh one or a clear error.
  pool.on("error", () => undefined);
  // The same for one in use: its query rejects, and the error event that comes with it must not end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  // A transaction waits as long for its connection as anything else does; Prisma's own two seconds give up in every rush.
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions: { maxWait: CONNECT_MS, timeout: 15_000 } });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

const globalDb = globalThis as unknown as { headroomDb?: Db };

/** The database of this process, from DATABASE_URL (the launcher sets it for the embedded one). One pool per process. */
export function db(): Db {
  if (!globalDb.headroomDb) {
    const { DATABASE_URL, HEADROOM_DB_POOL } = config();
    if (!DATABASE_URL) throw new Error("DATABASE_URL is not set. Start everything with `npm start`, or set it.");
    globalDb.headroomDb = openDb(DATABASE_URL, { max: HEADROOM_DB_POOL });
  }
  return globalDb.headroomDb;
}
