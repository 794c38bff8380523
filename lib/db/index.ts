// The doors that pages and workers use. Owning a database (embedded.ts, migrate.ts) is for the launcher, tests and
// benchmarks, which import those files themselves: the console's bundle must not hold them.
export { db, openDb } from "./client";
export type { Db, Tx } from "./client";
export { Prisma } from "./generated/client";
export { withTransaction } from "./transaction";
