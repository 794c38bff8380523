import path from "node:path";
import { defineConfig } from "prisma/config";

/** Prisma looks for `.config/prisma.ts` by itself. Paths are relative to this file. */
export default defineConfig({
  schema: path.join(import.meta.dirname, "../prisma/schema.prisma"),
  migrations: { path: path.join(import.meta.dirname, "../prisma/migrations") },
  datasource: { url: process.env.DATABASE_URL ?? "postgresql://localhost:5432/headroom" },
});
