import { describe, expect, it } from "vitest";
import { lockMismatch, nodeTooOld } from "./preflight.mjs";

describe("nodeTooOld", () => {
  it("takes 20.19 and newer, and says which version it found otherwise", () => {
    for (const version of ["20.19.0", "20.20.2", "22.0.0", "100.1.0"]) expect(nodeTooOld(version)).toBeUndefined();
    for (const version of ["20.18.9", "18.20.0"]) expect(nodeTooOld(version)).toContain(`this is ${version}`);
  });
});

describe("lockMismatch", () => {
  const wanted = {
    packages: {
      "": {},
      "node_modules/next": { version: "16.4.6" },
      "node_modules/vitest": { version: "4.1.12", dev: true },
      "node_modules/@pg/darwin": { version: "1.0.0", optional: true },
    },
  };
  const check = (packages: object | undefined, withDevelopment = false, exists = true) =>
    lockMismatch(wanted, packages && { packages }, { withDevelopment, exists: () => exists });
  const next = { "node_modules/next": { version: "16.4.6" } };

  it("says what is missing or of another version", () => {
    expect(check(undefined)).toBe("nothing is installed yet");
    expect(check({})).toBe("next is missing");
    expect(check({ "node_modules/next": { version: "16.0.0" } })).toBe("next should be 16.4.6");
    expect(check(next, false, false)).toBe("node_modules is incomplete");
  });

  it("lets optional packages be absent, and development ones when only starting", () => {
    expect(check(next)).toBeUndefined();
    expect(check(next, true)).toBe("vitest is missing");
  });
});
