/** Edits of a routing document, as forms make them: what goes is also taken out of what names it. Pure. */
import { allRoutes, type MuteSchedule, type Route, type Routing } from "./schemas";

type Parent = Pick<Routing["root"], "routes">;

/** The siblings of a route, in order, replaced. `parentId` null: those at the top. */
function withSiblings(routing: Routing, parentId: string | null, change: (siblings: Route[]) => Route[]): Routing {
  const inside = <T extends Parent>(parent: T): T => ({
    ...parent,
    routes: parent.routes.map((route) => (route.id === parentId ? { ...route, routes: change(route.routes) } : inside(route))),
  });
  return {
    ...routing,
    root: parentId === null ? { ...routing.root, routes: change(routing.root.routes) } : inside(routing.root),
  };
}

/** Null: it is at the top, or nowhere. */
function parentOf(routing: Routing, id: string): string | null {
  return allRoutes(routing.root).find(({ routes }) => routes.some((route) => route.id === id))?.id ?? null;
}

export const addRoute = (routing: Routing, parentId: string | null, route: Route): Routing =>
  withSiblings(routing, parentId, (siblings) => [...siblings, route]);

/** What is below it stays below it. */
export const replaceRoute = (routing: Routing, route: Route): Routing =>
  withSiblings(routing, parentOf(routing, route.id), (siblings) =>
    siblings.map((one) => (one.id === route.id ? { ...route, routes: one.routes } : one)),
  );

/** With what is below it. */
export const removeRoute = (routing: Routing, id: string): Routing =>
  withSiblings(routing, parentOf(routing, id), (siblings) => siblings.filter((one) => one.id !== id));

/** Among its siblings; at the end of them it stays where it is. */
export const moveRoute = (routing: Routing, id: string, by: -1 | 1): Routing =>
  withSiblings(routing, parentOf(routing, id), (siblings) => {
    const from = siblings.findIndex((one) => one.id === id);
    const to = from + by;
    if (to < 0 || to >= siblings.length) return siblings;
    const moved = [...siblings];
    [moved[from], moved[to]] = [moved[to]!, moved[from]!];
    return moved;
  });

/** An id that no route has, made of a name. */
export function freeRouteId(routing: Routing, name: string): string {
  const taken = new Set(["root", ...allRoutes(routing.root).map(({ id }) => id)]);
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 50)
      .replace(/^-|-$/g, "") || "route";
  if (!taken.has(base)) return base;
  for (let n = 2; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}

function withMutes(routing: Routing, change: (names: string[]) => string[]): Routing {
  const own = <T extends { mute?: string[] | undefined }>(route: T): T =>
    route.mute === undefined ? route : { ...route, mute: change(route.mute) };
  const below = (routes: readonly Route[]): Route[] => routes.map((route) => ({ ...own(route), routes: below(route.routes) }));
  return { ...routing, root: { ...own(routing.root), routes: below(routing.root.routes) } };
}

/** `previous`: its name before, which routes know it by; null: it is new. */
export function putSchedule(routing: Routing, previous: string | null, schedule: MuteSchedule): Routing {
  if (previous === null) return { ...routing, schedules: [...routing.schedules, schedule] };
  const renamed = withMutes(routing, (names) => names.map((name) => (name === previous ? schedule.name : name)));
  return { ...renamed, schedules: routing.schedules.map((one) => (one.name === previous ? schedule : one)) };
}

export function removeSchedule(routing: Routing, name: string): Routing {
  const without = withMutes(routing, (names) => names.filter((one) => one !== name));
  return { ...without, schedules: routing.schedules.filter((one) => one.name !== name) };
}

/** How many routes it mutes by itself. */
export const mutedBy = (routing: Routing, name: string): number =>
  [routing.root, ...allRoutes(routing.root)].filter(({ mute }) => mute?.includes(name)).length;
