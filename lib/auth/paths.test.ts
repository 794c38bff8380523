import { describe, expect, it } from "vitest";
import { safeNext, signInPath } from "./paths";

describe("safeNext", () => {
  it.each([
    ["/explore?metric=cost_usd#x", "/explore?metric=cost_usd#x"],
    ["//evil.example/a", "/"],
    ["/\\evil.example", "/"],
    ["/\t/evil.example", "/"],
    ["https://evil.example", "/"],
    ["javascript:alert(1)", "/"],
    ["/sign-in?next=/x", "/"],
    ["/api/v1/users", "/"],
    ["/a//b", "/a//b"],
    [null, "/"],
  ])("%j → %s", (next, expected) => {
    expect(safeNext(next)).toBe(expected);
  });

  it("keeps the wanted page through signing in", () => {
    expect(signInPath("/requests?tenant=a b")).toBe("/sign-in?next=%2Frequests%3Ftenant%3Da%2520b");
    expect(signInPath("/")).toBe("/sign-in");
  });
});
