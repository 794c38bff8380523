import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IncidentState } from "../schemas";
import { planDeliveries, plannedKey, type ChannelFacts, type Entry, type Item, type PlannedDelivery } from "./plan-deliveries";
import type { Routing } from "./schemas";
import type { Silence } from "./suppression";

const NOON = Date.parse("2026-11-30T12:00:00Z");
const after = (seconds: number) => new Date(NOON + seconds * 1_000);

const channel = (id: string, more: Partial<ChannelFacts> = {}): ChannelFacts => ({
  id,
  kind: "slack",
  enabled: true,
  tenants: ["*"],
  fallbackId: null,
  ...more,
});

/** The store in memory: what a plan says is done, and the next plan sees it. */
class World {
  readonly entries = new Map<bigint, Entry>();
  readonly items = new Map<string, Item>();
  readonly sent: (PlannedDelivery & { at: number })[] = [];
  readonly quiet = new Set<bigint>();
  arrivals: bigint[] = [];
  silences: Silence[] = [];

  constructor(
    public routing: Routing,
    public channels: ChannelFacts[],
  ) {}

  arrive(entry: Partial<Entry> & { incidentState?: IncidentState | null } = {}): bigint {
    const id = BigInt(this.entries.size + 1);
    this.entries.set(id, {
      id,
      severity: "warning",
      title: `n${id}`,
      labels: { tenant: "acme", rule: "cost" },
      tenants: ["acme"],
      groupKey: "cost",
      incidentKey: null,
      incidentState: null,
      ...entry,
    });
    this.arrivals.push(id);
    return id;
  }

  incident(state: IncidentState, key = "i1", more: Partial<Entry> = {}): bigint {
    return this.arrive({ incidentKey: key, incidentState: state, ...more });
  }

  tick(seconds: number): PlannedDelivery[] {
    const newest = new Map<string, { id: bigint; state: IncidentState }>();
    for (const { id, incidentKey, incidentState } of this.entries.values()) {
      if (incidentKey !== null) newest.set(incidentKey, { id, state: incidentState! });
    }
    const groupsToldAt = new Map<string, Date>();
    for (const { groupKey, lastSentAt } of this.items.values()) {
      if (lastSentAt && !(groupsToldAt.get(groupKey)! > lastSentAt)) groupsToldAt.set(groupKey, lastSentAt);
    }
    const told = new Map<string, Set<string>>();
    const planned = new Set<string>();
    for (const { channelId, cause, notificationIds } of this.sent) {
      for (const id of notificationIds) {
        planned.add(plannedKey(id, channelId, cause));
        const { incidentKey } = this.entries.get(id)!;
        if (incidentKey !== null) told.set(incidentKey, (told.get(incidentKey) ?? new Set()).add(channelId));
      }
    }
    const plan = planDeliveries(
      {
        routing: this.routing,
        silences: this.silences,
        channels: this.channels,
        entries: this.entries,
        arrivals: this.arrivals,
        items: [...this.items.values()].filter(({ status }) => status === "waiting" || status === "open"),
        newest,
        openIncidents: [...newest]
          .filter(([, { state }]) => state !== "resolved")
          .map(([incidentKey, { id }]) => ({ incidentKey, title: `n${id}`, labels: this.entries.get(id)!.labels })),
        groupsToldAt,
        told,
        planned,
      },
      after(seconds),
    );
    this.arrivals = [];
    for (const { id, quiet } of plan.routed) if (quiet) this.quiet.add(id);
    for (const item of plan.items) this.items.set(`${item.notificationId} ${item.routeId}`, item);
    for (const delivery of plan.deliveries) this.sent.push({ ...delivery, at: seconds });
    return plan.deliveries;
  }

  /** Every second from one to the other. */
  run(from: number, to: number): void {
    for (let at = from; at <= to; at++) this.tick(at);
  }

  log(): string[] {
    return this.sent.map(
      ({ at, channelId, cause, notificationIds }) => `${at}s ${channelId} ${cause} ${notificationIds.join("+")}`,
    );
  }

  state(id: bigint): Pick<Item, "status" | "reason"> | undefined {
    const item = [...this.items.values()].find(({ notificationId }) => notificationId === id);
    return item && { status: item.status, reason: item.reason };
  }
}

const routing = (root: Partial<Routing["root"]> = {}, more: Partial<Routing> = {}): Routing => ({
  root: { channels: ["chat"], routes: [], groupWaitSec: 10, groupIntervalSec: 60, repeatIntervalSec: 0, ...root },
  inhibitions: [],
  schedules: [],
  ...more,
});
const silence = (from: number, to: number): Silence => ({
  id: "s",
  matchers: [{ label: "tenant", op: "is", values: ["acme"] }],
  comment: "migration",
  by: "Ada",
  startsAt: after(from),
  endsAt: after(to),
});

describe("grouping", () => {
  it("the first waits for others; what comes later waits for the interval", () => {
    const world = new World(routing(), [channel("chat")]);
    world.arrive();
    world.tick(0);
    world.arrive();
    world.run(1, 20);
    world.arrive();
    world.run(21, 90);
    world.arrive();
    world.run(400, 420);
    expect(world.log()).toEqual(["10s chat route 1+2", "70s chat route 3", "410s chat route 4"]);
  });

  it("machines take one message for each incident; groups are made by labels", () => {
    const world = new World(routing({ channels: ["chat", "pager"], groupBy: ["tenant"], groupWaitSec: 0 }), [
      channel("chat"),
      channel("pager", { kind: "pagerduty" }),
    ]);
    world.incident("triggered", "i1");
    world.incident("triggered", "i2");
    world.incident("triggered", "i3", { labels: { tenant: "orbit" } });
    world.tick(0);
    expect(world.sent.map(({ channelId, lane, notificationIds }) => [channelId, notificationIds.join("+"), lane])).toEqual([
      ["chat", "1+2", '["root","acme"]'],
      ["pager", "1", "i1"],
      ["pager", "2", "i2"],
      ["chat", "3", '["root","orbit"]'],
      ["pager", "3", "i3"],
    ]);
  });
});

describe("an incident", () => {
  it("that ends while its group waits is told in one message, each transition once", () => {
    const world = new World(routing(), [channel("chat")]);
    for (const state of ["triggered", "acknowledged", "resolved"] as const) world.incident(state);
    world.run(0, 200);
    expect(world.log()).toEqual(["10s chat route 1+2+3"]);
  });

  it("is repeated while nobody acknowledged it, and escalated", () => {
    const escalation = [
      { afterMinutes: 2, channels: ["pager"] },
      { afterMinutes: 5, channels: ["boss"] },
    ];
    const world = new World(routing({ groupWaitSec: 0, repeatIntervalSec: 100, escalation }), [
      channel("chat"),
      channel("pager", { kind: "pagerduty" }),
      channel("boss", { kind: "smtp" }),
    ]);
    world.incident("triggered");
    world.run(0, 250);
    world.incident("acknowledged");
    world.run(251, 900);
    world.incident("resolved");
    world.run(901, 1_000);
    expect(world.log()).toEqual([
      "0s chat route 1",
      "100s chat repeat:1 1",
      "120s pager escalation:1 1",
      "200s chat repeat:2 1",
      "260s chat route 2",
      "260s pager route 2",
      "901s chat route 3",
      "901s pager route 3",
    ]);
  });

  it("that nobody acknowledges reaches the last step and no further", () => {
    const world = new World(routing({ groupWaitSec: 0, escalation: [{ afterMinutes: 1, channels: ["boss"] }] }), [
      channel("chat"),
      channel("boss"),
    ]);
    world.incident("triggered");
    world.run(0, 500);
    expect(world.log()).toEqual(["0s chat route 1", "60s boss escalation:1 1"]);
  });

  it("is told as resolved to whoever was told that it began, also when routes changed or it is silenced meanwhile", () => {
    const world = new World(routing({ groupWaitSec: 0 }), [channel("pager", { kind: "pagerduty" }), channel("chat")]);
    world.routing = routing({ channels: ["pager"], groupWaitSec: 0 });
    world.incident("triggered");
    world.tick(0);
    world.routing = routing({ channels: ["chat"], groupWaitSec: 0 });
    world.silences = [silence(1, 1_000)];
    world.incident("resolved");
    world.run(1, 100);
    expect(world.log()).toEqual(["0s pager route 1", "60s pager route 2"]);
  });
});

describe("silences", () => {
  it("an incident that outlasts its silence is told when it ends; an event is dropped, and quiet in the inbox", () => {
    const world = new World(routing({ groupWaitSec: 0 }), [channel("chat")]);
    world.silences = [silence(0, 300)];
    const incident = world.incident("triggered");
    const event = world.arrive();
    world.run(0, 299);
    expect(world.log()).toEqual([]);
    expect(world.state(incident)).toEqual({ status: "waiting", reason: "Silenced by Ada: migration" });
    expect(world.state(event)).toEqual({ status: "dropped", reason: "Silenced by Ada: migration" });
    expect([...world.quiet]).toEqual([incident, event]);
    world.run(300, 310);
    expect(world.log()).toEqual(["300s chat route 1"]);
  });

  it.each(["resolved", "acknowledged"] as const)("an incident that is %s within its silence is never told", (state) => {
    const world = new World(routing({ groupWaitSec: 0 }), [channel("chat")]);
    world.silences = [silence(0, 300)];
    const began = world.incident("triggered");
    world.run(0, 50);
    const went = world.incident(state);
    world.run(51, 400);
    expect(world.log()).toEqual([]);
    expect(world.state(began)).toEqual({ status: "dropped", reason: `It was ${state} before it could be told.` });
    expect(world.state(went)).toEqual({ status: "dropped", reason: "No channel was told that it began." });
  });

  it("neither repeat nor escalation gets through one", () => {
    const escalation = [{ afterMinutes: 1, channels: ["boss"] }];
    const world = new World(routing({ groupWaitSec: 0, repeatIntervalSec: 30, escalation }), [channel("chat"), channel("boss")]);
    world.incident("triggered");
    world.tick(0);
    world.silences = [silence(1, 200)];
    world.run(1, 210);
    expect(world.log()).toEqual(["0s chat route 1", "200s boss escalation:1 1", "200s chat repeat:1 1"]);
  });
});

describe("inhibition and quiet time", () => {
  it("what is inhibited is told when the bigger incident is over", () => {
    const inhibitions = [
      {
        source: [{ label: "rule", op: "is" as const, values: ["offline"] }],
        target: [{ label: "rule", op: "is" as const, values: ["slow"] }],
        equal: ["node"],
      },
    ];
    const world = new World(routing({ groupWaitSec: 0, groupBy: ["rule"] }, { inhibitions }), [channel("chat")]);
    world.incident("triggered", "off", { labels: { rule: "offline", node: "gpu-1" } });
    world.incident("triggered", "slow-1", { labels: { rule: "slow", node: "gpu-1" } });
    world.incident("triggered", "slow-2", { labels: { rule: "slow", node: "gpu-2" } });
    world.run(0, 100);
    world.incident("resolved", "off", { labels: { rule: "offline", node: "gpu-1" } });
    world.run(101, 200);
    expect(world.log()).toEqual(["0s chat route 1", "0s chat route 3", "101s chat route 2", "101s chat route 4"].toSorted());
  });

  it("what is muted waits until morning, in one message", () => {
    const schedules = [{ name: "lunch", timeZone: "UTC", windows: [{ days: [1], from: "12:00", to: "12:05" }], dates: [] }];
    const world = new World(routing({ groupWaitSec: 0, mute: ["lunch"] }, { schedules }), [channel("chat")]);
    const first = world.arrive();
    world.incident("triggered");
    world.run(0, 100);
    world.incident("resolved");
    world.run(101, 299);
    expect(world.log()).toEqual([]);
    expect(world.state(first)).toEqual({ status: "waiting", reason: "Muted by lunch." });
    world.run(300, 310);
    expect(world.log()).toEqual(["300s chat route 1"]);
  });
});

describe("channels", () => {
  it("one that is off, or not for these tenants, is told nothing", () => {
    const channels = ["chat", "off", "of-acme", "of-orbit"];
    const world = new World(routing({ channels, groupWaitSec: 0 }), [
      channel("chat"),
      channel("off", { enabled: false }),
      channel("of-acme", { tenants: ["acme"] }),
      channel("of-orbit", { tenants: ["orbit"] }),
    ]);
    world.arrive({ tenants: ["acme"] });
    world.arrive({ tenants: ["acme", "orbit"] });
    world.arrive({ tenants: ["*"] });
    world.tick(0);
    expect(world.log()).toEqual(["0s chat route 1+2+3", "0s of-acme route 1"]);
  });

  it("its own failing is told to its fallback and to the others, not to itself", () => {
    const world = new World(routing({ groupWaitSec: 0, channels: ["chat", "mail"] }), [
      channel("chat", { fallbackId: "pager" }),
      channel("mail"),
      channel("pager", { kind: "pagerduty" }),
    ]);
    world.incident("triggered", "channel:chat", { labels: { kind: "channel.failing", channel_id: "chat" }, tenants: ["*"] });
    world.tick(0);
    expect(world.sent.map(({ channelId }) => channelId)).toEqual(["mail", "pager"]);
  });

  it("a route without one drops it, and says so; a route that was taken away hands over what waits", () => {
    const world = new World(routing({ channels: [] }), [channel("chat")]);
    const lost = world.arrive();
    world.run(0, 20);
    expect(world.state(lost)).toEqual({ status: "dropped", reason: "Its route has no channel for it." });
    const acme = {
      id: "acme",
      name: "Acme",
      matchers: [{ label: "tenant", op: "is" as const, values: ["acme"] }],
      continue: false,
      routes: [],
    };
    world.routing = routing({ routes: [acme] });
    const kept = world.arrive();
    world.run(30, 35);
    world.routing = routing();
    world.run(36, 50);
    expect(world.log()).toEqual([`46s chat route ${kept}`]);
  });
});

it("whatever happens, a notification goes to a channel once for each cause, and an end is never told before its beginning", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 90 }),
    what: fc.constantFrom("triggered", "acknowledged", "resolved", "event", "silence", "unsilence", "reroute"),
    incident: fc.constantFrom("a", "b"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const escalation = [{ afterMinutes: 1, channels: ["pager"] }];
      const world = new World(routing({ repeatIntervalSec: 120, escalation }), [
        channel("chat"),
        channel("pager", { kind: "pagerduty" }),
      ]);
      let now = 0;
      for (const { wait, what, incident } of steps) {
        for (const until = now + wait; now < until; now += 7) world.tick(now);
        if (what === "event") world.arrive();
        else if (what === "silence") world.silences = [silence(now, now + 60)];
        else if (what === "unsilence") world.silences = [];
        else if (what === "reroute")
          world.routing = routing({ channels: now % 2 ? ["pager"] : ["chat"], repeatIntervalSec: 120, escalation });
        else world.incident(what, incident);
      }
      for (let more = 0; more < 60; more++) world.tick((now += 7));
      const keys = world.sent.flatMap(({ channelId, cause, notificationIds }) =>
        notificationIds.map((id) => plannedKey(id, channelId, cause)),
      );
      expect(new Set(keys).size).toBe(keys.length);
      const told = new Set<string>();
      for (const { channelId, notificationIds } of world.sent) {
        for (const id of notificationIds) {
          const { incidentKey, incidentState } = world.entries.get(id)!;
          if (incidentState === "triggered") told.add(`${incidentKey} ${channelId}`);
          else if (incidentKey !== null) expect(told.has(`${incidentKey} ${channelId}`)).toBe(true);
        }
      }
      // Nothing is forgotten: all was told, dropped for a reason, or is open.
      for (const { status, reason } of world.items.values()) {
        expect(status !== "waiting" || reason !== null).toBe(true);
        if (status === "dropped") expect(reason).not.toBeNull();
      }
    }),
    { numRuns: 200 },
  );
});
