import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { keyIdOf, seal, secretKeysOf, unseal } from "./index";

const old = randomBytes(32).toString("base64");
const now = randomBytes(32).toString("base64");
const derived = secretKeysOf({ HEADROOM_SECRET: "a-secret-of-the-tests-with-32-characters" });

describe("a sealed secret", () => {
  it("opens in its place, and says nothing of what it holds", () => {
    const sealed = seal(derived, "xoxb-token-ü", "channel:1:token");
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/);
    expect(sealed).not.toContain("xoxb");
    expect(unseal(derived, sealed, "channel:1:token")).toBe("xoxb-token-ü");
    expect(seal(derived, "xoxb-token-ü", "channel:1:token")).not.toBe(sealed);
  });

  it("does not open in another place, nor when a bit of it was changed", () => {
    const sealed = seal(derived, "token", "channel:1:token");
    expect(() => unseal(derived, sealed, "channel:2:token")).toThrow(/changed, or belongs elsewhere/);
    const flipped = sealed.slice(0, -2) + (sealed.at(-2) === "A" ? "B" : "A") + sealed.at(-1);
    expect(() => unseal(derived, flipped, "channel:1:token")).toThrow(/changed, or belongs elsewhere/);
    expect(() => unseal(derived, "token", "channel:1:token")).toThrow(/no sealed secret/);
  });

  it("opens with the key before, and is sealed with the new one from then on", () => {
    const before = secretKeysOf({ HEADROOM_ENCRYPTION_KEY: old });
    const during = secretKeysOf({ HEADROOM_ENCRYPTION_KEY: now, HEADROOM_ENCRYPTION_KEY_PREVIOUS: old });
    const after = secretKeysOf({ HEADROOM_ENCRYPTION_KEY: now });
    const sealed = seal(before, "token", "p");
    expect(unseal(during, sealed, "p")).toBe("token");
    expect(keyIdOf(seal(during, "token", "p"))).toBe(after[0].id);
    expect(() => unseal(after, sealed, "p")).toThrow(new RegExp(`key ${before[0].id}, which is not here`));
  });

  it("opens with a key of its own where it was sealed with the derived one", () => {
    const secret = "a-secret-of-the-tests-with-32-characters";
    const sealed = seal(derived, "token", "p");
    expect(unseal(secretKeysOf({ HEADROOM_SECRET: secret, HEADROOM_ENCRYPTION_KEY: now }), sealed, "p")).toBe("token");
    expect(() => secretKeysOf({})).toThrow(/secrets cannot be kept/);
  });
});
