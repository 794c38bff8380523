import { describe, expect, it } from "vitest";
import type { EnrolmentTokenView } from "@/lib/fleet/schemas";
import { engineView, NOW, targetView } from "../testing";
import { followEnrolment, knownTargets, tokenState } from "./follow-enrolment";
import { suggestName } from "./suggest-name";

const token = (over: Partial<EnrolmentTokenView> = {}): EnrolmentTokenView => ({
  id: "t1",
  name: "gw-new",
  connector: "headroom-gateway",
  environment: "production",
  pool: null,
  maxUses: 1,
  uses: 0,
  expiresAt: "2026-11-20T12:30:00.000Z",
  revokedAt: null,
  createdAt: "2026-11-20T12:00:00.000Z",
  createdBy: "Lena",
  ...over,
});
const old = targetView({ id: "old", name: "gw-old" });
const fresh = targetView({ id: "new", name: "gw-new", enrolledAt: "2026-11-20T12:01:00.000Z" });

describe("what became of a token", () => {
  it("waits, then shows who came in with it", () => {
    const before = knownTargets([old]);
    expect(followEnrolment(token(), before, [old], NOW)).toEqual({ appeared: [], waiting: true, token: "open" });
    // The list of targets may come before the token's own count.
    expect(followEnrolment(token(), before, [old, fresh], NOW)).toEqual({ appeared: [fresh], waiting: false, token: "used up" });
  });

  it("takes a revoked target that enrolled again for a new one", () => {
    const before = knownTargets([{ ...fresh, state: "revoked", enrolledAt: "2026-10-01T00:00:00.000Z" }]);
    expect(followEnrolment(token(), before, [fresh], NOW).appeared).toEqual([fresh]);
  });

  it("is not fooled by others that come in meanwhile", () => {
    const others = [
      targetView({ id: "a", name: "gw-other" }),
      engineView({ id: "b", name: "gw-new" }),
      targetView({ id: "c", name: "gw-new", environment: "staging" }),
    ];
    expect(followEnrolment(token(), knownTargets([]), others, NOW).appeared).toEqual([]);
  });

  it("waits for as many as may come, the first one first", () => {
    const several = token({ name: null, connector: null, maxUses: 3, uses: 1 });
    const second = { ...old, enrolledAt: "2026-11-20T12:02:00.000Z" };
    const { appeared, waiting } = followEnrolment(several, knownTargets([]), [second, fresh], NOW);
    expect([appeared.map(({ id }) => id), waiting]).toEqual([["new", "old"], true]);
  });

  it("ends with its time, its uses or its revocation", () => {
    const end = Date.parse("2026-11-20T12:30:00.000Z");
    expect(tokenState(token(), end - 1)).toBe("open");
    expect(tokenState(token(), end)).toBe("expired");
    expect(tokenState(token({ uses: 1 }), NOW)).toBe("used up");
    expect(tokenState(token({ revokedAt: "2026-11-20T12:01:00.000Z" }), end)).toBe("revoked");
  });
});

it("suggests the first name that is free, revoked ones counting as taken", () => {
  expect(suggestName("headroom-gateway", [])).toBe("gateway-1");
  expect(suggestName("engine", [{ name: "gpu-node-1" }, { name: "gpu-node-3" }])).toBe("gpu-node-2");
});
