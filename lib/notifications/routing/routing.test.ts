import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRoutes, resolveRoute } from "./find-routes";
import { isLike, matchesAll } from "./match";
import { routingSchema, silenceSchema, type Matcher, type Route, type Routing } from "./schemas";
import { inhibitedBy, silencedBy } from "./suppression";

const [MAIL, PAGER, CHAT] = [
  "00000000-0000-4000-8000-000000000001",
  "00000000-0000-4000-8000-000000000002",
  "00000000-0000-4000-8000-000000000003",
];
const is = (label: string, ...values: string[]): Matcher => ({ label, op: "is", values });
const route = (id: string, matchers: Matcher[], more: Partial<Route> = {}): Route => ({
  id,
  name: id,
  matchers,
  continue: false,
  routes: [],
  ...more,
});
const routing = (routes: Route[], more: Partial<Routing> = {}): Routing => ({
  root: { channels: [MAIL], groupWaitSec: 30, routes },
  inhibitions: [],
  schedules: [],
  ...more,
});

describe("matching", () => {
  it("a label that is not there is the empty text", () => {
    const labels = { tenant: "acme", model: "gpt-4o-mini" };
    expect(matchesAll([is("tenant", "acme", "orbit")], labels)).toBe(true);
    expect(matchesAll([is("tenant", "acme"), is("route", "x")], labels)).toBe(false);
    expect(matchesAll([{ label: "route", op: "is_not", values: ["x"] }], labels)).toBe(true);
    expect(matchesAll([{ label: "model", op: "like", values: ["llama*", "gpt-4*"] }], labels)).toBe(true);
    expect(matchesAll([{ label: "model", op: "not_like", values: ["*mini"] }], labels)).toBe(false);
  });

  it("* stands for anything, and agrees with a pattern that a person would write", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
    fc.assert(
      fc.property(piece, fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 10 }), (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(text);
        expect(isLike(pattern, text)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("routes", () => {
  const critical = route("critical", [is("severity", "critical")], { channels: [PAGER], groupWaitSec: 0, continue: true });
  const money = route("money", [is("source", "budget", "anomaly")], {
    channels: [CHAT],
    routes: [route("acme", [is("tenant", "acme")], { repeatIntervalSec: 0 })],
  });
  const tree = routing([critical, money, route("late", [is("severity", "critical")])]);
  const idsOf = (labels: Record<string, string>) => findRoutes(tree, labels).map(({ id }) => id);

  it("the first that matches takes it, the deepest of its line; `continue` lets others have it too", () => {
    expect(idsOf({ severity: "warning", source: "alert" })).toEqual(["root"]);
    expect(idsOf({ severity: "warning", source: "budget" })).toEqual(["money"]);
    expect(idsOf({ severity: "warning", source: "budget", tenant: "acme" })).toEqual(["acme"]);
    expect(idsOf({ severity: "critical", source: "budget", tenant: "acme" })).toEqual(["critical", "acme"]);
    expect(idsOf({ severity: "critical", source: "alert" })).toEqual(["critical", "late"]);
  });

  it("what a route does not say is that of the one above", () => {
    expect(resolveRoute(tree, "acme")).toEqual({
      id: "acme",
      path: ["money", "acme"],
      channels: [CHAT],
      groupBy: ["group"],
      groupWaitSec: 30,
      groupIntervalSec: 60,
      repeatIntervalSec: 0,
      mute: [],
      escalation: [],
    });
    expect(resolveRoute(tree, "late")).toMatchObject({ channels: [MAIL], repeatIntervalSec: 14_400 });
    expect(resolveRoute(tree, "gone")).toBeUndefined();
  });

  it.each([
    ["an id twice", routing([critical, critical]), /Two routes have the id critical/],
    [
      "a schedule that is not there",
      routing([route("a", [is("x", "y")], { mute: ["nights"] })]),
      /no mute schedule called nights/,
    ],
    ["a route without a matcher", routing([route("a", [])]), /takes everything/],
    [
      "no time zone",
      routing([], { schedules: [{ name: "n", timeZone: "Europe/Pari", windows: [], dates: [] }] }),
      /no such time zone/,
    ],
  ])("refused: %s", (_, document, message) => {
    expect(() => routingSchema.parse(document)).toThrow(message);
  });
});

describe("silences and inhibition", () => {
  const at = (iso: string) => new Date(iso);
  const silence = {
    id: "s",
    matchers: [is("tenant", "acme")],
    comment: "migration",
    by: "Ada",
    startsAt: at("2026-11-29T08:00:00Z"),
    endsAt: at("2026-11-29T09:00:00Z"),
  };

  it("a silence begins at its first instant and is over at its last", () => {
    const found = (iso: string, tenant = "acme") => silencedBy({ tenant }, [silence], at(iso))?.id;
    expect(found("2026-11-29T07:59:59.999Z")).toBeUndefined();
    expect(found("2026-11-29T08:00:00Z")).toBe("s");
    expect(found("2026-11-29T08:59:59.999Z")).toBe("s");
    expect(found("2026-11-29T09:00:00Z")).toBeUndefined();
    expect(found("2026-11-29T08:30:00Z", "orbit")).toBeUndefined();
  });

  it("one that would silence everything is refused", () => {
    const of = (matchers: Matcher[]) => silenceSchema.safeParse({ matchers, comment: "quiet", endsAt: "2026-11-29T09:00:00Z" });
    expect(of([{ label: "tenant", op: "is_not", values: ["acme"] }]).success).toBe(false);
    expect(of([{ label: "tenant", op: "like", values: ["*"] }]).success).toBe(false);
    expect(of([is("tenant", "acme")]).success).toBe(true);
  });

  it("what is bigger inhibits what is smaller with equal labels, never itself nor its like", () => {
    const rules = [{ source: [is("rule", "agent-offline")], target: [is("severity", "warning")], equal: ["node"] }];
    const open = [{ incidentKey: "off:1", title: "gpu-1 is offline", labels: { rule: "agent-offline", node: "gpu-1" } }];
    const inhibits = (labels: Record<string, string>, incidentKey = "x") =>
      inhibitedBy({ incidentKey, labels }, rules, open)?.incidentKey;
    expect(inhibits({ severity: "warning", node: "gpu-1" })).toBe("off:1");
    expect(inhibits({ severity: "warning", node: "gpu-2" })).toBeUndefined();
    expect(inhibits({ severity: "critical", node: "gpu-1" })).toBeUndefined();
    expect(inhibits({ severity: "warning", node: "gpu-1", rule: "agent-offline" })).toBeUndefined();
    expect(inhibits({ severity: "warning", node: "gpu-1" }, "off:1")).toBeUndefined();
  });
});
