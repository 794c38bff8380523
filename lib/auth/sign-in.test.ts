import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import type { resolveActor as ResolveActor } from "./resolve";

// config() is read once per process: the identity provider must be up before anything asks.
let db: TestDatabase;
let provider: Server;
let signingKey: KeyObject;
let claims: Record<string, unknown> = {};
let nonce: string | undefined;
let handle: (request: Request) => Promise<Response>;
let resolveActor: typeof ResolveActor;

beforeAll(async () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  signingKey = pair.privateKey;
  const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" };
  provider = createServer((request, response) => {
    const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const answers: Record<string, () => unknown> = {
      "/.well-known/openid-configuration": () => ({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        id_token_signing_alg_values_supported: ["RS256"],
      }),
      "/jwks": () => ({ keys: [jwk] }),
      "/token": () => ({
        access_token: "at",
        token_type: "Bearer",
        id_token: idToken(issuer),
      }),
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answers[request.url!.split("?")[0]!]?.()));
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  db = await testDatabase();
  Object.assign(process.env, {
    DATABASE_URL: db.url,
    HEADROOM_SECRET: "a-secret-of-the-tests-with-32-characters",
    HEADROOM_RATE_LIMIT_SIGN_IN: "3",
    OIDC_ISSUER: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    OIDC_CLIENT_ID: "headroom",
    OIDC_CLIENT_SECRET: "shh",
    OIDC_DEFAULT_ROLE: "analyst",
  });
  ({ handleAuthRequest: handle } = await import("./next-auth"));
  ({ resolveActor } = await import("./resolve"));
  const { hashPassword } = await import("./password");
  const passwordHash = await hashPassword("correct horse battery");
  for (const name of ["ada", "bob", "cid"]) {
    await db.prisma.user.create({ data: { email: `${name}@test.example`, name, role: "lead", passwordHash } });
  }
});
afterAll(async () => {
  const { db: processDb } = await import("@/lib/db");
  await processDb().close();
  await db.close();
  await new Promise((resolve) => provider.close(resolve));
});

/** A JSON Web Token of the test provider, signed with RS256. */
function idToken(iss: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = [
    { alg: "RS256", kid: "k1" },
    { iss, aud: "headroom", iat, exp: iat + 300, nonce, ...claims },
  ]
    .map(part)
    .join(".");
  return `${signed}.${sign("sha256", Buffer.from(signed), signingKey).toString("base64url")}`;
}

/** A browser's worth of state: cookies. */
function browser(address = "10.0.0.1") {
  const jar = new Map<string, string>();
  return {
    jar,
    cookie: () => [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
    async send(path: string, form?: Record<string, string>): Promise<Response> {
      const response = await handle(
        new Request(`http://localhost:3000${path}`, {
          method: form ? "POST" : "GET",
          headers: {
            cookie: this.cookie(),
            "x-forwarded-for": address,
            ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
          },
          ...(form ? { body: new URLSearchParams(form).toString() } : {}),
        }),
      );
      for (const line of response.headers.getSetCookie()) {
        const [pair] = line.split(";");
        const at = pair!.indexOf("=");
        if (pair!.slice(at + 1)) jar.set(pair!.slice(0, at), pair!.slice(at + 1));
        else jar.delete(pair!.slice(0, at));
      }
      return response;
    },
    async csrf(): Promise<string> {
      return ((await (await this.send("/api/auth/csrf")).json()) as { csrfToken: string }).csrfToken;
    },
    async signIn(email: string, password: string): Promise<{ error: string | null; setCookie: string[] }> {
      const csrfToken = await this.csrf();
      const response = await this.send("/api/auth/callback/credentials", { email, password, csrfToken, json: "true" });
      const { url } = (await response.json()) as { url: string };
      return {
        error: new URL(url, "http://localhost:3000").searchParams.get("error"),
        setCookie: response.headers.getSetCookie(),
      };
    },
    async actor() {
      return resolveActor(new Request("http://localhost:3000/", { headers: { cookie: this.cookie() } }), db, new Date());
    },
    async signInWithOidc(): Promise<string | null> {
      const csrfToken = await this.csrf();
      const start = await this.send("/api/auth/signin/oidc", { csrfToken, json: "true", callbackUrl: "/explore" });
      const authorize = new URL(((await start.json()) as { url: string }).url);
      nonce = authorize.searchParams.get("nonce") ?? undefined;
      const state = authorize.searchParams.get("state")!;
      const back = await this.send(`/api/auth/callback/oidc?${new URLSearchParams({ code: "c", state })}`);
      return new URL(back.headers.get("location")!, "http://localhost:3000").searchParams.get("error");
    },
  };
}

describe("signing in with a password", () => {
  it("sets a session cookie that scripts cannot read, and leaves an audit row", async () => {
    const ada = browser();
    const { error, setCookie } = await ada.signIn(" Ada@test.example ", "correct horse battery");
    expect(error).toBeNull();
    const session = setCookie.find((line) => line.startsWith("headroom.session="))!;
    expect(session).toMatch(/HttpOnly/);
    expect(session).toMatch(/SameSite=Lax/);
    expect(await ada.actor()).toMatchObject({ kind: "user", name: "ada", role: "lead" });
    const user = await db.prisma.user.findUniqueOrThrow({ where: { email: "ada@test.example" } });
    expect(user.lastSignInAt).not.toBeNull();
    const audit = await db.prisma.auditEvent.findFirst({ where: { action: "user.sign_in", subject: `user:${user.id}` } });
    expect(audit).toMatchObject({ actorId: user.id, data: { method: "password" } });
  });

  it("ends with signing out", async () => {
    const ada = browser();
    await ada.signIn("ada@test.example", "correct horse battery");
    await ada.send("/api/auth/signout", { csrfToken: await ada.csrf(), json: "true" });
    expect(ada.jar.has("headroom.session")).toBe(false);
  });

  it("is refused without the csrf token", async () => {
    const ada = browser();
    const form = { email: "ada@test.example", password: "correct horse battery", csrfToken: "no", json: "true" };
    await ada.send("/api/auth/callback/credentials", form);
    expect(ada.jar.has("headroom.session")).toBe(false);
  });

  it("says the same about a wrong password, an unknown email and a disabled account", async () => {
    await db.prisma.user.update({ where: { email: "cid@test.example" }, data: { disabledAt: new Date() } });
    const answers = await Promise.all([
      browser("10.0.1.1").signIn("ada@test.example", "wrong"),
      browser("10.0.1.2").signIn("nobody@test.example", "wrong"),
      browser("10.0.1.3").signIn("cid@test.example", "correct horse battery"),
    ]);
    expect(new Set(answers.map((answer) => answer.error))).toEqual(
      new Set(["Email or password is wrong, or the account is disabled."]),
    );
  });

  it("stops after three tries of one address for one email, not of others", async () => {
    const attacker = browser("10.0.2.1");
    for (let n = 0; n < 3; n++) expect((await attacker.signIn("bob@test.example", `guess ${n}`)).error).toMatch(/wrong/);
    expect((await attacker.signIn("bob@test.example", "correct horse battery")).error).toMatch(/Too many tries.*Wait 15 minutes/);
    expect((await browser("10.0.2.2").signIn("bob@test.example", "correct horse battery")).error).toBeNull();
  });

  it("does not offer next-auth's log and session doors", async () => {
    for (const action of ["_log", "session", "providers"]) {
      expect((await browser().send(`/api/auth/${action}`)).status).toBe(404);
    }
  });
});

describe("signing in through OpenID Connect", () => {
  it("makes a new person with the default role, and knows them again by subject", async () => {
    claims = { sub: "s-1", email: "New@test.example", email_verified: true, name: "New Person" };
    const first = browser();
    expect(await first.signInWithOidc()).toBeNull();
    expect(await first.actor()).toMatchObject({ name: "New Person", role: "analyst", tenants: "all" });
    claims = { sub: "s-1", email: "renamed@test.example", email_verified: false };
    const second = browser();
    expect(await second.signInWithOidc()).toBeNull();
    expect((await second.actor()).id).toBe((await first.actor()).id);
  });

  it("links an account by verified email only", async () => {
    claims = { sub: "s-2", email: "ada@test.example" };
    expect(await browser().signInWithOidc()).toBe("unverified");
    claims = { sub: "s-2", email: "ada@test.example", email_verified: true };
    const ada = browser();
    expect(await ada.signInWithOidc()).toBeNull();
    expect(await ada.actor()).toMatchObject({ name: "ada", role: "lead" });
  });

  it("refuses a second identity with an email that is already bound, and disabled people", async () => {
    claims = { sub: "s-3", email: "ada@test.example", email_verified: true };
    expect(await browser().signInWithOidc()).toBe("taken");
    claims = { sub: "s-4", email: "cid@test.example", email_verified: true };
    const cid = browser();
    expect(await cid.signInWithOidc()).toBe("disabled");
    expect(cid.jar.has("headroom.session")).toBe(false);
  });
});
