/** Where notifications go: routes, inhibition, mute schedules, silences. Pure: forms, API and planner share it. */
import { z } from "zod";
import { isTimeZone } from "@/lib/time";

export const MATCH_OPS = ["is", "is_not", "like", "not_like"] as const;
export type MatchOp = (typeof MATCH_OPS)[number];

export const matcherSchema = z.strictObject({
  label: z.string().trim().min(1, "Name a label.").max(80),
  op: z.enum(MATCH_OPS).describe("like: * stands for anything. A label that is not there is the empty text"),
  values: z
    .array(z.string().max(300))
    .min(1, "Give a value.")
    .max(50)
    .describe("One of these; for is_not and not_like none of these"),
});
export type Matcher = z.infer<typeof matcherSchema>;
const matchers = z.array(matcherSchema).max(20);

const seconds = (most: number) => z.number().int().min(0).max(most);
const channelIds = z.array(z.uuid()).max(20);
const routeId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, { error: "small letters, digits and dashes" });

const escalationStep = z.strictObject({
  afterMinutes: z.number().int().min(1).max(10_080).describe("After it was told first, while nobody acknowledged it"),
  channels: channelIds.min(1, "Choose a channel."),
});
export type EscalationStep = z.infer<typeof escalationStep>;

/** What a route says itself; what it does not say is that of the route above. */
const own = {
  channels: channelIds.optional(),
  groupBy: z
    .array(z.string().min(1).max(80))
    .max(10)
    .optional()
    .describe('Label names; "group" is the group of the producer, e.g. its rule'),
  groupWaitSec: seconds(3_600).optional().describe("How long the first of a group waits for others"),
  groupIntervalSec: seconds(86_400).optional().describe("Least time between two messages of a group"),
  repeatIntervalSec: seconds(2_592_000).optional().describe("Told again while it is triggered; 0: never"),
  mute: z.array(z.string()).max(10).optional().describe("Names of mute schedules"),
  escalation: z.array(escalationStep).max(5).optional(),
};

export interface Route {
  id: string;
  name: string;
  matchers: Matcher[];
  continue: boolean;
  channels?: string[] | undefined;
  groupBy?: string[] | undefined;
  groupWaitSec?: number | undefined;
  groupIntervalSec?: number | undefined;
  repeatIntervalSec?: number | undefined;
  mute?: string[] | undefined;
  escalation?: EscalationStep[] | undefined;
  routes: Route[];
}

export const routeSchema: z.ZodType<Route> = z.strictObject({
  id: routeId,
  name: z.string().trim().min(1, "Name the route.").max(80),
  matchers: matchers.min(1, "A route without a matcher takes everything: use the one above it."),
  continue: z.boolean().describe("Routes after this one are tried too"),
  ...own,
  get routes() {
    return z.array(routeSchema).max(50);
  },
});

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: "Write it as hh:mm, e.g. 22:00." });
export const muteScheduleSchema = z.strictObject({
  name: z.string().trim().min(1, "Name the schedule.").max(80),
  timeZone: z.string().refine(isTimeZone, { error: "There is no such time zone. Write it like Europe/Paris." }),
  windows: z
    .array(
      z
        .strictObject({
          days: z.array(z.number().int().min(1).max(7)).min(1, "Choose a day.").describe("1 is Monday"),
          from: clock,
          to: clock.describe("Not after `from`: of the next day"),
        })
        .refine(({ from }) => from !== "24:00", { error: "A day begins at 00:00.", path: ["from"] }),
    )
    .max(20),
  dates: z
    .array(z.iso.date({ error: "Write days as 2026-12-25." }))
    .max(100)
    .default([])
    .describe("Whole days, e.g. holidays"),
});
export type MuteSchedule = z.infer<typeof muteScheduleSchema>;

export const inhibitionSchema = z.strictObject({
  source: matchers.min(1, "Say what inhibits."),
  target: matchers.min(1, "Say what is inhibited."),
  equal: z.array(z.string().min(1).max(80)).max(10).describe("Labels that are the same in both"),
});
export type Inhibition = z.infer<typeof inhibitionSchema>;

/** What no route takes. */
export const rootSchema = z.strictObject({ ...own, channels: channelIds, routes: z.array(routeSchema).max(50) });

export const MOST_DEPTH = 5;
const depthOf = (route: { routes: Route[] }): number => 1 + Math.max(0, ...route.routes.map(depthOf));
export const allRoutes = (route: { routes: Route[] }): Route[] => route.routes.flatMap((one) => [one, ...allRoutes(one)]);

export const routingSchema = z
  .strictObject({
    root: rootSchema,
    inhibitions: z.array(inhibitionSchema).max(50),
    schedules: z.array(muteScheduleSchema).max(20),
  })
  .superRefine(({ root, schedules }, ctx) => {
    const routes = allRoutes(root);
    const ids = routes.map(({ id }) => id);
    const twice = ids.find((id, at) => id === "root" || ids.indexOf(id) !== at);
    if (twice !== undefined)
      ctx.addIssue({ code: "custom", message: `Two routes have the id ${twice}.`, path: ["root", "routes"] });
    if (depthOf(root) > MOST_DEPTH)
      ctx.addIssue({ code: "custom", message: "Routes are nested too deeply.", path: ["root", "routes"] });
    const names = schedules.map(({ name }) => name);
    const same = names.find((name, at) => names.indexOf(name) !== at);
    if (same !== undefined) ctx.addIssue({ code: "custom", message: `Two schedules are called ${same}.`, path: ["schedules"] });
    for (const name of [root, ...routes].flatMap(({ mute }) => mute ?? [])) {
      if (!names.includes(name))
        ctx.addIssue({ code: "custom", message: `There is no mute schedule called ${name}.`, path: ["schedules"] });
    }
  });
export type Routing = z.infer<typeof routingSchema>;

/** Before anybody chose: everything is in the inbox, and nowhere else. */
export const DEFAULT_ROUTING: Routing = { root: { channels: [], routes: [] }, inhibitions: [], schedules: [] };

export const saveRoutingSchema = z.strictObject({ baseVersion: z.number().int().min(0), document: routingSchema });

export interface RoutingView {
  version: number;
  document: Routing;
  updatedBy: string | null;
  updatedAt: string | null;
  /** Names of the schedules that mute now. */
  mutedNow: string[];
}

export const silenceSchema = z
  .strictObject({
    matchers: matchers.min(1, "A silence needs a matcher."),
    comment: z.string().trim().min(3, "Say why.").max(500),
    startsAt: z.iso.datetime({ offset: true }).optional(),
    endsAt: z.iso.datetime({ offset: true }),
    incidentKey: z.string().min(1).max(500).optional(),
  })
  .refine(
    ({ matchers: all }) => all.some(({ op, values }) => (op === "is" || op === "like") && !values.every((v) => /^\**$/.test(v))),
    {
      error: "It would silence everything: say what is, not only what is not.",
      path: ["matchers"],
    },
  );
export type SilenceInput = z.input<typeof silenceSchema>;

export interface SilenceView {
  id: string;
  matchers: Matcher[];
  comment: string;
  incidentKey: string | null;
  startsAt: string;
  endsAt: string;
  state: "active" | "pending" | "expired";
  createdBy: string;
  createdAt: string;
  endedBy: string | null;
}
