export { db, openDb, withTransaction } from "./client";
export type { Db, Tx } from "./client";
export { deleteEmbeddedPostgres, freePort, startEmbeddedPostgres, stopLeftoverPostgres } from "./embedded";
export type { EmbeddedPostgres } from "./embedded";
export { migrate, projectRoot } from "./migrate";
export { Prisma } from "./generated/client";
