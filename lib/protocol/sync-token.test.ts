import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { PublicKey } from "./keys";
import { makeSyncToken, verifySyncToken } from "./sync-token";

function pair() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { kty, crv, x } = publicKey.export({ format: "jwk" });
  return { privateKey, publicKey: { kty, crv, x } as PublicKey };
}

const nodeId = "6f0e7f4e-2f0c-4b57-8a51-0e2f7c1f3a11";
const now = new Date("2026-11-20T12:00:00Z");
const body = '{"seq":0}';
const target = pair();
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const verify = (token: string, over: Partial<Parameters<typeof verifySyncToken>[1]> = {}) =>
  verifySyncToken(token, { nodeId, keys: [target.publicKey], body, now, ...over });
const refused = (why: RegExp) => ({ refusal: expect.stringMatching(why) });

describe("a sync token", () => {
  it("is good for its target, its body and its minute", async () => {
    const token = await makeSyncToken(target.privateKey, { nodeId, body, now });
    expect(await verify(token)).toMatchObject({ tokenId: expect.any(String), expiresAt: later(90), issuedAt: later(0) });
    expect(await verify(token, { body: Buffer.from(body) })).toHaveProperty("tokenId");
    expect(await verify(token, { body: '{"seq":1}' })).toEqual(refused(/another body/));
    expect(await verify(token, { nodeId: "6f0e7f4e-2f0c-4b57-8a51-0e2f7c1f3a12" })).toEqual(refused(/claim sub/));
    expect(await verify(token, { keys: [pair().publicKey] })).toEqual(refused(/not signed by this target/));
    expect(await verify(token, { keys: [] })).toEqual(refused(/no key/));
    expect(await verify("nonsense")).toEqual(refused(/cannot be read/));
  });

  it("has a name of its own each time, by which a copy is known", async () => {
    const ids = await Promise.all(
      [1, 2].map(
        async () => (await verify(await makeSyncToken(target.privateKey, { nodeId, body, now }))) as { tokenId: string },
      ),
    );
    expect(ids[0]!.tokenId).not.toBe(ids[1]!.tokenId);
  });

  it("bears clocks that differ by half a minute, not by more", async () => {
    const token = await makeSyncToken(target.privateKey, { nodeId, body, now });
    expect(await verify(token, { now: later(-30) })).toHaveProperty("tokenId");
    expect(await verify(token, { now: later(89) })).toHaveProperty("tokenId");
    expect(await verify(token, { now: later(-31) })).toEqual(refused(/future/));
    expect(await verify(token, { now: later(91) })).toEqual(refused(/expired.*2026-11-20T12:01:31/));
  });

  it("fits either key during a rotation", async () => {
    const next = pair();
    const token = await makeSyncToken(next.privateKey, { nodeId, body, now });
    expect(await verify(token, { keys: [target.publicKey, next.publicKey] })).toHaveProperty("tokenId");
  });

  it("that lasts long, says nothing of its body or is signed otherwise is refused", async () => {
    const claims = (over: object) => ({ sub: nodeId, aud: "headroom-fleet", jti: "1", bh: "x", ...over });
    const signed = (over: object, exp: number, alg = "EdDSA", key: Parameters<SignJWT["sign"]>[0] = target.privateKey) =>
      new SignJWT(claims(over))
        .setProtectedHeader({ alg })
        .setIssuedAt(now.getTime() / 1_000)
        .setExpirationTime(exp)
        .sign(key);
    const sec = now.getTime() / 1_000;
    expect(await verify(await signed({}, sec + 3_600))).toEqual(refused(/longer than 60 s/));
    expect(await verify(await signed({ bh: undefined }, sec + 60))).toEqual(refused(/claim bh/));
    expect(await verify(await signed({ aud: "other" }, sec + 60))).toEqual(refused(/claim aud/));
    const secret = Buffer.from(target.publicKey.x);
    expect(await verify(await signed({}, sec + 60, "HS256", secret))).toEqual(refused(/cannot be read/));
  });
});
