/** What every installation starts with, and what the demo adds. Safe to run at every start: what is there stays. */
import type { Config } from "@/lib/config";
import type { Db } from "@/lib/db";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "@/lib/auth/demo-people";
import { seedAlertPack } from "@/lib/alerts/pack/seed-pack";
import { seedAccess, seedFirstAdmin } from "@/lib/auth/seed-access";
import { seedDemoUsers } from "@/lib/auth/seed-demo-users";
import { seedBasePriceBook } from "@/lib/pricing/seed";
import type { TenantId } from "@/workers/simulator/fleet";
import { seedDemo } from "./seed-demo";

/** What the demo's viewer is limited to. */
const VIEWER_TENANT: TenantId = "northwind-bank";

export interface SeedOptions {
  now: Date;
  config: Config;
  /** The API key of the demo fleet; absent: no demo. */
  demoKey?: string | undefined;
}

export interface SeedResult {
  /** What to print at the end of a start; with an own database only a first admin that was made right now. */
  logins: { role: string; email: string; password: string }[];
}

export async function seed(db: Db, { now, config, demoKey }: SeedOptions): Promise<SeedResult> {
  await seedBasePriceBook(db, now);
  await seedAccess(db, config, now);
  await seedAlertPack(db, now);
  if (!demoKey) {
    const admin = await seedFirstAdmin(db, now);
    return { logins: admin ? [{ role: "admin", ...admin }] : [] };
  }
  await seedDemo(db, demoKey, now);
  await seedDemoUsers(db, now, VIEWER_TENANT);
  return { logins: DEMO_PEOPLE.map(({ role, email }) => ({ role, email, password: DEMO_PASSWORD })) };
}
