import { describe, expect, it } from "vitest";
import {
  addRoute,
  freeRouteId,
  moveRoute,
  mutedBy,
  putSchedule,
  removeRoute,
  removeSchedule,
  replaceRoute,
} from "./edit-routing";
import { routingSchema, type Route, type Routing } from "./schemas";

const route = (id: string, more: Partial<Route> = {}): Route => ({
  id,
  name: id,
  matchers: [{ label: "tenant", op: "is", values: [id] }],
  continue: false,
  routes: [],
  ...more,
});
const nights = { name: "nights", timeZone: "Europe/Paris", windows: [{ days: [1], from: "22:00", to: "07:00" }], dates: [] };
const routing: Routing = {
  root: {
    channels: [],
    mute: ["nights"],
    routes: [route("a", { routes: [route("a1"), route("a2", { mute: ["nights"] })] }), route("b")],
  },
  inhibitions: [],
  schedules: [nights],
};
/** "a(a1 a2) b" */
const drawn = ({ root }: Routing): string => {
  const draw = (routes: readonly Route[]): string =>
    routes.map(({ name, routes: below }) => `${name}${below.length > 0 ? `(${draw(below)})` : ""}`).join(" ");
  return draw(root.routes);
};

describe("routes", () => {
  it("are added at the top or below one, changed in place, moved among their siblings, taken away with what is below", () => {
    expect(drawn(addRoute(routing, null, route("c")))).toBe("a(a1 a2) b c");
    expect(drawn(addRoute(routing, "a1", route("c")))).toBe("a(a1(c) a2) b");
    expect(drawn(replaceRoute(routing, route("a", { name: "A" })))).toBe("A(a1 a2) b");
    expect(drawn(replaceRoute(routing, route("a2", { name: "A2" })))).toBe("a(a1 A2) b");
    expect(drawn(moveRoute(routing, "b", -1))).toBe("b a(a1 a2)");
    expect(drawn(moveRoute(routing, "a1", 1))).toBe("a(a2 a1) b");
    expect([drawn(moveRoute(routing, "a", -1)), drawn(moveRoute(routing, "a2", 1))]).toEqual(["a(a1 a2) b", "a(a1 a2) b"]);
    expect(drawn(removeRoute(routing, "a"))).toBe("b");
    expect(drawn(removeRoute(routing, "a1"))).toBe("a(a2) b");
    expect(drawn(routing)).toBe("a(a1 a2) b");
  });
  it("get an id of their name that is free, and valid", () => {
    const ids = ["On-call!", "A", "root", "***", `${"x".repeat(49)} y`].map((name) => freeRouteId(routing, name));
    expect(ids).toEqual(["on-call", "a-2", "root-2", "route", "x".repeat(49)]);
    for (const id of ids) expect(routingSchema.safeParse(addRoute(routing, null, route(id))).success).toBe(true);
  });
});

describe("mute schedules", () => {
  it("are renamed in the routes that name them too, and taken out of them", () => {
    const renamed = putSchedule(routing, "nights", { ...nights, name: "Nights" });
    expect(routingSchema.safeParse(renamed).success).toBe(true);
    expect([mutedBy(routing, "nights"), mutedBy(renamed, "nights"), mutedBy(renamed, "Nights")]).toEqual([2, 0, 2]);
    const without = removeSchedule(routing, "nights");
    expect(routingSchema.safeParse(without).success).toBe(true);
    expect([without.schedules, without.root.mute, mutedBy(without, "nights")]).toEqual([[], [], 0]);
    expect(putSchedule(routing, null, { ...nights, name: "weekend" }).schedules.map(({ name }) => name)).toEqual([
      "nights",
      "weekend",
    ]);
  });
});
