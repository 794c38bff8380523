/**
 * The only file that knows next-auth: its cookies, its csrf token, its OAuth dance. What signing in means is decided
 * in sign-in.ts and sign-in-oidc.ts, what a session is worth in user-actor.ts. To swap the library, replace this file
 * and session.ts.
 */
import NextAuth, { type AuthOptions } from "next-auth";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { config, type Config } from "@/lib/config";
import { db } from "@/lib/db";
import { asAppError } from "@/lib/http";
import { createLogger } from "@/lib/log";
import { SIGN_IN } from "./paths";
import { SESSION_MAX_AGE_SEC, sessionCookie, sessionSecret } from "./session";
import { signInWithPassword } from "./sign-in";
import { codeOfSignInError } from "./sign-in-errors";
import { clientAddress } from "./sign-in-limit";
import { signInWithOidc } from "./sign-in-oidc";

const log = createLogger("console");

// `_log` would let anybody write into our logs, and `session` would extend sessions: neither is offered.
const ACTIONS = new Set(["csrf", "signin", "signout", "callback", "error"]);

interface OidcProfile extends Record<string, unknown> {
  sub: string;
  iss?: string;
  email?: string;
  email_verified?: boolean | "true" | "false";
  name?: string;
  preferred_username?: string;
}

export const oidcEnabled = (settings: Config = config()): boolean =>
  Boolean(settings.OIDC_ISSUER && settings.OIDC_CLIENT_ID && settings.OIDC_CLIENT_SECRET);

function oidcProvider(settings: Config): OAuthConfig<OidcProfile> {
  const issuer = settings.OIDC_ISSUER!.replace(/\/$/, "");
  return {
    id: "oidc",
    name: "single sign-on",
    type: "oauth",
    wellKnown: `${issuer}/.well-known/openid-configuration`,
    clientId: settings.OIDC_CLIENT_ID!,
    clientSecret: settings.OIDC_CLIENT_SECRET!,
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    authorization: { params: { scope: "openid email profile" } },
    // Some providers put the email into the id token, some only behind the userinfo address.
    userinfo: {
      request: async ({ tokens, client }) => {
        // next-auth's type forgets that a whole token set arrives here; only with that does `userinfo` compare subjects.
        const set = tokens as Exclude<Parameters<typeof client.userinfo>[0], string>;
        const claims = set.claims();
        if (claims.email !== undefined || !client.issuer.metadata["userinfo_endpoint"]) return claims as OidcProfile;
        return { ...(await client.userinfo(set)), ...claims } as OidcProfile;
      },
    },
    profile: (profile) => ({ id: profile.sub }),
  };
}

function authOptions(settings: Config): AuthOptions {
  return {
    secret: sessionSecret(),
    session: { strategy: "jwt", maxAge: SESSION_MAX_AGE_SEC },
    cookies: { sessionToken: sessionCookie(settings.publicUrl) },
    pages: { signIn: SIGN_IN, error: SIGN_IN, signOut: SIGN_IN },
    providers: [
      {
        id: "credentials",
        name: "password",
        type: "credentials",
        credentials: { email: {}, password: {} },
        authorize: async (credentials, request) => {
          const { userId, epoch } = await signInWithPassword(
            { db: db(), now: new Date(), log, limit: settings.HEADROOM_RATE_LIMIT_SIGN_IN },
            {
              email: textOf(credentials?.["email"]),
              password: textOf(credentials?.["password"]),
              address: clientAddress(request.headers?.["x-forwarded-for"] as string | undefined),
            },
          ).catch(sayWhy);
          return { id: userId, epoch };
        },
      },
      ...(oidcEnabled(settings) ? [oidcProvider(settings)] : []),
    ],
    callbacks: {
      signIn: async ({ user, account, profile }) => {
        if (account?.provider !== "oidc") return true;
        const claims = profile as OidcProfile;
        const verified = claims.email_verified;
        const session = await signInWithOidc(
          { db: db(), now: new Date(), defaultRole: settings.OIDC_DEFAULT_ROLE },
          {
            issuer: claims.iss ?? settings.OIDC_ISSUER!,
            subject: claims.sub,
            email: claims.email,
            emailVerified: verified === true || verified === "true",
            name: claims.name ?? claims.preferred_username,
          },
        ).catch(sayCode);
        Object.assign(user, { id: session.userId, epoch: session.epoch });
        return true;
      },
      // Nothing but the claims goes into the cookie: no name, no email, no provider token.
      jwt: ({ token, user }) => (user ? { sub: user.id, epoch: (user as { epoch?: number }).epoch } : token),
    },
    logger: {
      error: (code, metadata) =>
        log.warn({ code, metadata: String((metadata as { error?: unknown }).error ?? metadata) }, "sign-in failed"),
      warn: () => undefined,
      debug: () => undefined,
    },
  };
}

/** next-auth shows the message of whatever is thrown: let through what is meant for people, and nothing else. */
function sayWhy(error: unknown): never {
  const known = asAppError(error);
  if (!known) log.error({ err: error }, "sign-in failed");
  throw new Error(known?.message ?? "Signing in failed on our side. Try again, then ask your administrator.");
}

/** The browser comes back from the provider by redirect, and an address must not put sentences on our page: a code does. */
function sayCode(error: unknown): never {
  if (!asAppError(error)) log.error({ err: error }, "sign-in failed");
  throw new Error(codeOfSignInError(error));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * Answer one request to /api/auth/…. next-auth's classic handler is fed by hand, because its App Router handler works
 * only inside Next's request scope: this way the real thing is tested without a server.
 */
export async function handleAuthRequest(request: Request): Promise<Response> {
  const settings = config();
  // next-auth builds every address from this variable, and only from it.
  process.env["NEXTAUTH_URL"] = settings.publicUrl;
  const url = new URL(request.url);
  const nextauth = url.pathname.split("/").slice(3);
  if (!ACTIONS.has(nextauth[0] ?? "")) return Response.json({ error: "not_found" }, { status: 404 });

  let status = 200;
  let body: BodyInit | null = null;
  const headers = new Headers({ "cache-control": "no-store" });
  const answer = {
    status: (code: number) => ((status = code), answer),
    getHeader: (name: string) => (headers.has(name) ? headers.getSetCookie() : undefined),
    setHeader: (name: string, value: string | string[]) => {
      headers.delete(name);
      for (const one of [value].flat()) headers.append(name, one);
      return answer;
    },
    json: (value: unknown) => {
      headers.set("content-type", "application/json");
      body = JSON.stringify(value);
    },
    send: (value: unknown) => (typeof value === "string" ? (body = value) : value === undefined ? undefined : answer.json(value)),
    end: () => undefined,
  };
  const handle = NextAuth(authOptions(settings)) as (req: unknown, res: typeof answer) => Promise<void>;
  await handle(
    {
      method: request.method,
      query: { ...Object.fromEntries(url.searchParams), nextauth },
      body: await formOf(request),
      cookies: cookiesOf(request.headers.get("cookie")),
      headers: Object.fromEntries(request.headers),
    },
    answer,
  );
  return new Response(body, { status, headers });
}

async function formOf(request: Request): Promise<Record<string, unknown> | undefined> {
  if (request.method !== "POST") return undefined;
  const type = request.headers.get("content-type") ?? "";
  const text = (await request.text()).slice(0, 20_000);
  if (type.includes("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  return {};
}

function cookiesOf(header: string | null): Record<string, string> {
  const pairs = (header?.split(";") ?? []).flatMap((part) => {
    const at = part.indexOf("=");
    return at < 1 ? [] : [[part.slice(0, at).trim(), decode(part.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
