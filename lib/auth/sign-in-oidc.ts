/**
 * Signing in through an identity provider. The first time, a person is found by an email that the provider calls
 * verified, or made with the default role; from then on by the provider's subject. So an email that is not verified,
 * or that the provider later gives to somebody else, opens no account.
 */
import { appendAudit } from "@/lib/audit";
import type { Db, Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { SYSTEM_ACTOR, type Role } from "./actor";
import type { SessionClaims } from "./session";
import { SIGN_IN_ERRORS } from "./sign-in-errors";
import { normaliseEmail, noteSignIn } from "./sign-in";

export interface OidcClaims {
  issuer: string;
  subject: string;
  email?: string | undefined;
  emailVerified?: boolean | undefined;
  name?: string | undefined;
}

export async function signInWithOidc(deps: { db: Db; now: Date; defaultRole: Role }, claims: OidcClaims): Promise<SessionClaims> {
  const user = await deps.db.prisma.$transaction(async (tx) => {
    // One at a time: the same new person must not be made twice.
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('auth.oidc'))`;
    const found = (await knownUser(tx, claims)) ?? (await linkedUser(tx, claims, deps));
    if (found.disabledAt) throw new AppError("forbidden", SIGN_IN_ERRORS.disabled);
    return found;
  });
  await noteSignIn(deps.db, user, deps.now, "oidc");
  return { userId: user.id, epoch: user.sessionEpoch };
}

async function knownUser(tx: Tx, { issuer, subject }: OidcClaims) {
  const [identity] = await tx.$queryRaw<{ user_id: string }[]>`
    select user_id from auth.oidc_identity where issuer = ${issuer} and subject = ${subject}`;
  return identity && tx.user.findUnique({ where: { id: identity.user_id } });
}

async function linkedUser(tx: Tx, claims: OidcClaims, { now, defaultRole }: { now: Date; defaultRole: Role }) {
  if (!claims.email || claims.emailVerified !== true) {
    throw new AppError("forbidden", SIGN_IN_ERRORS.unverified);
  }
  const email = normaliseEmail(claims.email);
  const system = { actor: SYSTEM_ACTOR, now };
  const existing = await tx.user.findUnique({ where: { email } });
  if (existing) {
    const [other] = await tx.$queryRaw<{ subject: string }[]>`
      select subject from auth.oidc_identity where issuer = ${claims.issuer} and user_id = ${existing.id}::uuid`;
    if (other) {
      throw new AppError("forbidden", SIGN_IN_ERRORS.taken);
    }
  }
  const user =
    existing ?? (await tx.user.create({ data: { email, name: claims.name?.slice(0, 120) || email, role: defaultRole } }));
  if (!existing) {
    const data = { email, role: defaultRole, tenants: "all", by: "oidc" };
    await appendAudit(tx, system, { action: "user.create", subject: `user:${user.id}`, data });
  }
  await tx.$executeRaw`
    insert into auth.oidc_identity (issuer, subject, user_id, linked_at)
    values (${claims.issuer}, ${claims.subject}, ${user.id}::uuid, ${now})`;
  const data = { issuer: claims.issuer, subject: claims.subject };
  await appendAudit(tx, system, { action: "user.link_oidc", subject: `user:${user.id}`, data });
  return user;
}
