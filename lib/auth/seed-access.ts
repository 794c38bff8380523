/** What an operator asked for in the environment: the first admin and a key for automation. Safe at every start. */
import { appendAudit } from "@/lib/audit";
import type { Config } from "@/lib/config";
import type { Db, Tx } from "@/lib/db";
import { API_SCOPES, SYSTEM_ACTOR } from "./actor";
import { SHOWN_PREFIX } from "./create-api-key";
import { hashApiKey } from "./key-actor";
import { generatePassword, hashPassword } from "./password";
import { normaliseEmail } from "./sign-in";

type AccessSettings = Pick<Config, "HEADROOM_BOOTSTRAP_API_KEY" | "HEADROOM_ADMIN_EMAIL" | "HEADROOM_ADMIN_PASSWORD">;

/** Who is already there stays as they are: a changed password or a revoked key is not brought back. */
export async function seedAccess(db: Db, settings: AccessSettings, now: Date): Promise<void> {
  const { HEADROOM_BOOTSTRAP_API_KEY: key, HEADROOM_ADMIN_EMAIL: email, HEADROOM_ADMIN_PASSWORD: password } = settings;
  if (email && password) await seedAdmin(db, normaliseEmail(email), password, now, "HEADROOM_ADMIN_EMAIL");
  if (key) await seedKey(db, key, now);
}

async function seedAdmin(db: Db, email: string, password: string, now: Date, by: string): Promise<void> {
  if (await db.prisma.user.findUnique({ where: { email } })) return;
  const passwordHash = await hashPassword(password);
  await once(db, async (tx) => {
    if (await tx.user.findUnique({ where: { email } })) return;
    const user = await tx.user.create({ data: { email, name: "Admin", role: "admin", passwordHash } });
    const data = { email, role: "admin", tenants: "all", by };
    await appendAudit(tx, { actor: SYSTEM_ACTOR, now }, { action: "user.create", subject: `user:${user.id}`, data });
  });
}

/**
 * An own database where nobody can sign in yet, because no HEADROOM_ADMIN_EMAIL was set: make an admin, once. The
 * password is only here, for the launcher to print.
 */
export async function seedFirstAdmin(db: Db, now: Date): Promise<{ email: string; password: string } | undefined> {
  if ((await db.prisma.user.count()) > 0) return undefined;
  const [email, password] = ["admin@headroom.local", generatePassword()];
  await seedAdmin(db, email, password, now, "first start");
  return { email, password };
}

async function seedKey(db: Db, key: string, now: Date): Promise<void> {
  const hash = hashApiKey(key);
  await once(db, async (tx) => {
    if (await tx.apiKey.findUnique({ where: { hash } })) return;
    const row = await tx.apiKey.create({
      data: {
        name: "HEADROOM_BOOTSTRAP_API_KEY",
        prefix: key.slice(0, SHOWN_PREFIX),
        hash,
        scopes: [...API_SCOPES],
        createdAt: now,
      },
    });
    const data = { name: row.name, prefix: row.prefix, scopes: row.scopes, tenantId: null, expiresAt: null };
    await appendAudit(tx, { actor: SYSTEM_ACTOR, now }, { action: "api_key.create", subject: `api_key:${row.id}`, data });
  });
}

/** Replicas start at the same time: one of them makes it. */
async function once(db: Db, work: (tx: Tx) => Promise<void>): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('auth.seed'))`;
    await work(tx);
  });
}
