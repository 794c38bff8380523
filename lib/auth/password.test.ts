import { describe, expect, it } from "vitest";
import { generatePassword, hashPassword, verifyPassword } from "./password";
import { passwordSchema } from "./schemas";

describe("passwords", () => {
  it("are recognised, and nothing else is", async () => {
    const stored = await hashPassword("correct horse battery");
    expect(stored).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword("correct horse battery", stored)).toBe(true);
    expect(await verifyPassword("correct horse batterY", stored)).toBe(false);
    expect(await hashPassword("correct horse battery")).not.toBe(stored);
  });

  it("do as much work for somebody unknown, and refuse", async () => {
    expect(await verifyPassword("whatever it may be", null)).toBe(false);
  });

  it("mean the same in composed and decomposed letters", async () => {
    expect(await verifyPassword("Zu\u0308rich am See 1", await hashPassword("Z\u00fcrich am See 1"))).toBe(true);
  });

  it("need 12 characters of 5 kinds; made ones pass", () => {
    expect(passwordSchema.safeParse("short").success).toBe(false);
    expect(passwordSchema.safeParse("aaaaaaaaaaaaaaab").success).toBe(false);
    expect(passwordSchema.safeParse(generatePassword()).success).toBe(true);
  });
});
