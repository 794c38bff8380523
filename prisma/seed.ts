/** What every installation starts with, and what the demo adds. Safe to run at every start: what is there stays. */
import type { Config } from "@/lib/config";
import type { Db } from "@/lib/db";
import { seedBasePriceBook } from "@/lib/pricing/seed";
import { seedDemo } from "./seed-demo";

export interface SeedOptions {
  now: Date;
  config: Config;
  /** The API key of the demo fleet; absent: no demo. */
  demoKey?: string | undefined;
}

export interface SeedResult {
  /** What to print at the end of a start; empty with an own database. */
  logins: { role: string; email: string; password: string }[];
}

export async function seed(db: Db, { now, demoKey }: SeedOptions): Promise<SeedResult> {
  await seedBasePriceBook(db, now);
  if (demoKey) await seedDemo(db, demoKey, now);
  return { logins: [] };
}
