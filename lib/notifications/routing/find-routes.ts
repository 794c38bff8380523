/** Which routes take a notification, and with which settings: what a route does not say is that of the one above it. */
import { matchesAll, type Labels } from "./match";
import type { EscalationStep, Route, Routing } from "./schemas";

export interface ResolvedRoute {
  /** "root" for the root itself. */
  id: string;
  /** Names from the top. */
  path: readonly string[];
  channels: readonly string[];
  groupBy: readonly string[];
  groupWaitSec: number;
  groupIntervalSec: number;
  repeatIntervalSec: number;
  mute: readonly string[];
  escalation: readonly EscalationStep[];
}

const ROUTE_DEFAULTS = {
  groupBy: ["group"],
  groupWaitSec: 10,
  groupIntervalSec: 60,
  repeatIntervalSec: 4 * 3_600,
} as const;

/** What holds when not even the root says anything. */
export const DEFAULT_ROUTE: ResolvedRoute = { id: "root", path: [], mute: [], escalation: [], channels: [], ...ROUTE_DEFAULTS };

const rootRoute = ({ root }: Pick<Routing, "root">): ResolvedRoute => inherit(DEFAULT_ROUTE, { ...root, id: "root" });

/** First match wins among siblings, unless it says `continue`; the deepest that matches takes it; else the root does. */
export function findRoutes(routing: Routing, labels: Labels): ResolvedRoute[] {
  return walk(routing.root.routes, rootRoute(routing), labels);
}

function walk(routes: readonly Route[], above: ResolvedRoute, labels: Labels): ResolvedRoute[] {
  const found: ResolvedRoute[] = [];
  for (const route of routes) {
    if (!matchesAll(route.matchers, labels)) continue;
    found.push(...walk(route.routes, inherit(above, route), labels));
    if (!route.continue) break;
  }
  return found.length > 0 ? found : [above];
}

/** By id, as it is now; undefined: it was taken away. */
export function resolveRoute(routing: Routing, id: string): ResolvedRoute | undefined {
  const search = (routes: readonly Route[], above: ResolvedRoute): ResolvedRoute | undefined => {
    for (const route of routes) {
      const here = inherit(above, route);
      const found = route.id === id ? here : search(route.routes, here);
      if (found) return found;
    }
    return undefined;
  };
  const root = rootRoute(routing);
  return id === root.id ? root : search(routing.root.routes, root);
}

function inherit(above: ResolvedRoute, route: Partial<Omit<Route, "routes">> & { id: string }): ResolvedRoute {
  return {
    id: route.id,
    path: route.name === undefined ? above.path : [...above.path, route.name],
    channels: route.channels ?? above.channels,
    groupBy: route.groupBy ?? above.groupBy,
    groupWaitSec: route.groupWaitSec ?? above.groupWaitSec,
    groupIntervalSec: route.groupIntervalSec ?? above.groupIntervalSec,
    repeatIntervalSec: route.repeatIntervalSec ?? above.repeatIntervalSec,
    mute: route.mute ?? above.mute,
    escalation: route.escalation ?? above.escalation,
  };
}
