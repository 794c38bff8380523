/**
 * Who is to be told what, now. Pure: everything that is known goes in, everything that is to be written comes out; the
 * store does it in one transaction, one planner at a time.
 *
 *   arrival ─ find routes ─► waiting ─ group is due ─► open ─ its incident goes on or ends ─► done
 *                               │  ▲                    └─ repeat, escalation
 *                               │  └ muted; silenced or inhibited while its incident lasts
 *                               └─► dropped: silenced event, no channel, over before it could be told
 *
 * - Whoever was told that an incident began is told how it goes on and that it ended, whatever was silenced meanwhile.
 * - A notification goes to a channel once for each cause (`planned`).
 */
import { GROUPING_KINDS, type ChannelKind } from "../schemas";
import type { IncidentState, Severity } from "../schemas";
import { isFor } from "../tenants";
import { findRoutes, resolveRoute, type ResolvedRoute } from "./find-routes";
import { isMuted } from "./is-muted";
import type { Labels } from "./match";
import type { Routing } from "./schemas";
import { inhibitedBy, silencedBy, type OpenIncident, type Silence } from "./suppression";

export interface Entry {
  id: bigint;
  severity: Severity;
  title: string;
  /** With source, kind, severity, and tenant when it is one. */
  labels: Labels;
  tenants: readonly string[];
  groupKey: string;
  incidentKey: string | null;
  incidentState: IncidentState | null;
}

export interface Item {
  notificationId: bigint;
  routeId: string;
  groupKey: string;
  status: "waiting" | "open" | "done" | "dropped";
  /** Why it waits or was dropped. */
  reason: string | null;
  since: Date;
  sentAt: Date | null;
  lastSentAt: Date | null;
  repeats: number;
  escalations: number;
}

export interface ChannelFacts {
  id: string;
  kind: ChannelKind;
  enabled: boolean;
  tenants: readonly string[];
  fallbackId: string | null;
}

export interface PlanState {
  routing: Routing;
  silences: readonly Silence[];
  channels: readonly ChannelFacts[];
  /** All that arrivals and items name. */
  entries: ReadonlyMap<bigint, Entry>;
  /** Not routed yet, oldest first. */
  arrivals: readonly bigint[];
  /** Waiting and open. */
  items: readonly Item[];
  /** Newest notification of each incident that is named here. */
  newest: ReadonlyMap<string, { id: bigint; state: IncidentState }>;
  openIncidents: readonly OpenIncident[];
  /** When a group was told last. */
  groupsToldAt: ReadonlyMap<string, Date>;
  /** Channels that were told of an incident. */
  told: ReadonlyMap<string, ReadonlySet<string>>;
  /** `plannedKey` of what was planned before. */
  planned: ReadonlySet<string>;
}

export interface PlannedDelivery {
  channelId: string;
  cause: string;
  lane: string;
  notificationIds: bigint[];
}

export interface Plan {
  routed: { id: bigint; quiet: boolean }[];
  /** New or changed ones, as they are now. */
  items: Item[];
  deliveries: PlannedDelivery[];
}

export const plannedKey = (notificationId: bigint, channelId: string, cause: string) => `${notificationId} ${channelId} ${cause}`;

const FIRST = "route";

type Verdict = { kind: "send"; channels: string[] } | { kind: "hold"; reason: string } | { kind: "drop"; reason: string };

export function planDeliveries(state: PlanState, now: Date): Plan {
  return new Planner(state, now).plan();
}

class Planner {
  private readonly planned: Set<string>;
  private readonly told = new Map<string, Set<string>>();
  private readonly channels: ReadonlyMap<string, ChannelFacts>;
  private readonly routed: Plan["routed"] = [];
  private readonly changed = new Map<string, Item>();
  private readonly deliveries: PlannedDelivery[] = [];
  private readonly mutedNow: ReadonlySet<string>;

  constructor(
    private readonly state: PlanState,
    private readonly now: Date,
  ) {
    this.planned = new Set(state.planned);
    for (const [incident, channels] of state.told) this.told.set(incident, new Set(channels));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.mutedNow = new Set(state.routing.schedules.filter((one) => isMuted(one, now)).map(({ name }) => name));
  }

  plan(): Plan {
    const waiting = this.state.items.filter(({ status }) => status === "waiting").flatMap((item) => this.stillRouted(item));
    for (const id of this.state.arrivals) {
      const entry = this.entry(id);
      this.routed.push({ id, quiet: this.suppression(entry) !== undefined });
      waiting.push(...findRoutes(this.state.routing, entry.labels).map((route) => this.newItem(entry, route)));
    }
    const groups = new Map<string, Item[]>();
    for (const item of waiting) groups.set(item.groupKey, [...(groups.get(item.groupKey) ?? []), item]);
    for (const [groupKey, items] of groups) this.considerGroup(groupKey, items);
    for (const item of this.state.items) if (item.status === "open") this.considerOpen(item);
    return { routed: this.routed, items: [...this.changed.values()], deliveries: this.deliveries };
  }

  private entry(id: bigint): Entry {
    const entry = this.state.entries.get(id);
    if (!entry) throw new Error(`The planner was not told of notification ${id}.`);
    return entry;
  }

  private change(item: Item): Item {
    this.changed.set(`${item.notificationId} ${item.routeId}`, item);
    return item;
  }

  private newItem(entry: Entry, route: ResolvedRoute): Item {
    const values = route.groupBy.map((name) => (name === "group" ? entry.groupKey : (entry.labels[name] ?? "")));
    return this.change({
      notificationId: entry.id,
      routeId: route.id,
      groupKey: JSON.stringify([route.id, ...values]),
      status: "waiting",
      reason: null,
      since: this.now,
      sentAt: null,
      lastSentAt: null,
      repeats: 0,
      escalations: 0,
    });
  }

  /** What waits on a route that was taken away goes to those that take it now. */
  private stillRouted(item: Item): Item[] {
    if (resolveRoute(this.state.routing, item.routeId)) return [item];
    this.change({ ...item, status: "dropped", reason: "Its route was taken away; it went to another one." });
    const entry = this.entry(item.notificationId);
    const on = this.state.items.filter(({ notificationId }) => notificationId === entry.id).map(({ routeId }) => routeId);
    return findRoutes(this.state.routing, entry.labels)
      .filter(({ id }) => !on.includes(id))
      .map((route) => this.newItem(entry, route));
  }

  private considerGroup(groupKey: string, items: readonly Item[]): void {
    const route = resolveRoute(this.state.routing, items[0]!.routeId)!;
    const first = Math.min(...items.map(({ since }) => since.getTime()));
    const toldAt = this.state.groupsToldAt.get(groupKey)?.getTime() ?? -Infinity;
    const dueAt = Math.max(first + route.groupWaitSec * 1_000, toldAt + route.groupIntervalSec * 1_000);
    if (this.now.getTime() < dueAt) return;

    const muted = route.mute.find((name) => this.mutedNow.has(name));
    const sending = new Map<string, bigint[]>();
    for (const item of items.toSorted((a, b) => Number(a.notificationId - b.notificationId))) {
      const verdict = this.judge(item, route, muted);
      if (verdict.kind === "hold") {
        if (item.reason !== verdict.reason) this.change({ ...item, reason: verdict.reason });
        continue;
      }
      if (verdict.kind === "drop") {
        this.change({ ...item, status: "dropped", reason: verdict.reason });
        continue;
      }
      const entry = this.entry(item.notificationId);
      for (const channelId of verdict.channels) this.take(sending, entry, channelId, FIRST);
      const status = entry.incidentState === "triggered" && this.isNewest(entry) ? "open" : "done";
      this.change({ ...item, status, reason: null, sentAt: this.now, lastSentAt: this.now });
    }
    this.deliver(sending, FIRST, groupKey);
  }

  private judge(item: Item, route: ResolvedRoute, muted: string | undefined): Verdict {
    const entry = this.entry(item.notificationId);
    const began = entry.incidentState === "triggered";
    const goesOn = entry.incidentState !== null && !began;
    if (goesOn) {
      const channels = this.allowed(entry, [...(this.told.get(entry.incidentKey!) ?? [])]);
      if (channels.length === 0) return { kind: "drop", reason: "No channel was told that it began." };
      if (muted !== undefined) return { kind: "hold", reason: `Muted by ${muted}.` };
      return { kind: "send", channels };
    }
    const newest = began ? this.state.newest.get(entry.incidentKey!)?.state : undefined;
    if (item.reason !== null && newest !== undefined && newest !== "triggered") {
      return { kind: "drop", reason: `It was ${newest} before it could be told.` };
    }
    const channels = this.allowed(entry, route.channels);
    if (channels.length === 0 && route.escalation.length === 0)
      return { kind: "drop", reason: "Its route has no channel for it." };
    if (muted !== undefined) return { kind: "hold", reason: `Muted by ${muted}.` };
    const suppressed = this.suppression(entry);
    if (suppressed !== undefined) return { kind: began ? "hold" : "drop", reason: suppressed };
    return { kind: "send", channels };
  }

  /** Why it is not to be told now, if so. What goes on is told to whoever knows that it began. */
  private suppression(entry: Entry): string | undefined {
    if (entry.incidentState === "acknowledged" || entry.incidentState === "resolved") return undefined;
    const silence = silencedBy(entry.labels, this.state.silences, this.now);
    if (silence) return `Silenced by ${silence.by}: ${silence.comment}`;
    const bigger = inhibitedBy(entry, this.state.routing.inhibitions, this.state.openIncidents);
    return bigger && `Inhibited by ${bigger.title}`;
  }

  private isNewest(entry: Entry): boolean {
    return this.state.newest.get(entry.incidentKey!)?.id === entry.id;
  }

  private considerOpen(item: Item): void {
    const entry = this.entry(item.notificationId);
    const route = resolveRoute(this.state.routing, item.routeId);
    if (!this.isNewest(entry) || !route) {
      this.change({ ...item, status: "done" });
      return;
    }
    if (route.mute.some((name) => this.mutedNow.has(name)) || this.suppression(entry) !== undefined) return;

    const after = (from: Date, ms: number) => this.now.getTime() >= from.getTime() + ms;
    let next = item;
    const step = route.escalation[item.escalations];
    if (step && after(item.sentAt!, step.afterMinutes * 60_000)) {
      next = { ...next, escalations: item.escalations + 1 };
      this.deliverOne(entry, step.channels, `escalation:${next.escalations}`, item.groupKey);
    }
    if (route.repeatIntervalSec > 0 && after(item.lastSentAt!, route.repeatIntervalSec * 1_000)) {
      next = { ...next, repeats: item.repeats + 1, lastSentAt: this.now };
      this.deliverOne(entry, route.channels, `repeat:${next.repeats}`, item.groupKey);
    }
    if (next !== item) this.change(next);
  }

  /** Enabled, and for eyes that may see its tenants. A channel is not told of its own failing: its fallback is. */
  private allowed(entry: Entry, channelIds: readonly string[]): string[] {
    const own = entry.labels["kind"]?.startsWith("channel.") === true ? entry.labels["channel_id"] : undefined;
    const fallback = own === undefined ? undefined : this.channels.get(own)?.fallbackId;
    const wanted = [...channelIds.filter((id) => id !== own), ...(fallback ? [fallback] : [])];
    return [...new Set(wanted)].filter((id) => {
      const channel = this.channels.get(id);
      return channel?.enabled === true && isFor(channel.tenants.includes("*") ? "all" : channel.tenants, entry.tenants);
    });
  }

  private deliverOne(entry: Entry, channelIds: readonly string[], cause: string, groupKey: string): void {
    const sending = new Map<string, bigint[]>();
    for (const channelId of this.allowed(entry, channelIds)) this.take(sending, entry, channelId, cause);
    this.deliver(sending, cause, groupKey);
  }

  private take(sending: Map<string, bigint[]>, entry: Entry, channelId: string, cause: string): void {
    const key = plannedKey(entry.id, channelId, cause);
    if (this.planned.has(key)) return;
    this.planned.add(key);
    sending.set(channelId, [...(sending.get(channelId) ?? []), entry.id]);
    if (entry.incidentKey === null) return;
    const told = this.told.get(entry.incidentKey) ?? new Set<string>();
    this.told.set(entry.incidentKey, told.add(channelId));
  }

  /** People read one message about a group; machines take one for each incident. */
  private deliver(sending: ReadonlyMap<string, bigint[]>, cause: string, groupKey: string): void {
    for (const [channelId, ids] of sending) {
      if (GROUPING_KINDS.has(this.channels.get(channelId)!.kind)) {
        this.deliveries.push({ channelId, cause, lane: groupKey, notificationIds: ids });
        continue;
      }
      for (const id of ids) {
        this.deliveries.push({ channelId, cause, lane: this.entry(id).incidentKey ?? groupKey, notificationIds: [id] });
      }
    }
  }
}
