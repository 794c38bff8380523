/** The routes of channels, routing, silences, deliveries and the inbox for the document: see operations.ts. */
import { z } from "zod";
import {
  channelActionSchema,
  createChannelSchema,
  updateChannelSchema,
  type ChannelView,
} from "@/lib/notifications/channels/schemas";
import { DELIVERY_STATUSES, type DeliveryDetail, type DeliveryView } from "@/lib/notifications/delivery/schemas";
import type { InboxView } from "@/lib/notifications/inbox/schemas";
import { matcherSchema, silenceSchema, type RoutingView, type SilenceView } from "@/lib/notifications/routing/schemas";
import { CHANNEL_KINDS, INCIDENT_STATES, SEVERITIES } from "@/lib/notifications/schemas";
import type { Operation } from "./operations";
import { idOf, json, listParameters, reading, writing } from "./shapes";

const kind = z.enum(CHANNEL_KINDS);
const severity = z.enum(SEVERITIES);

const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind,
  config: z.record(z.string(), z.unknown()),
  secrets: z.array(z.string()).describe("Names of the secrets that are set; they never come out"),
  tenants: z.array(z.string()),
  enabled: z.boolean(),
  fallbackId: z.string().nullable(),
  version: z.int(),
  health: z.enum(["untried", "working", "failing"]),
  failingSince: z.string().nullable(),
  lastSuccessAt: z.string().nullable(),
  lastFailureAt: z.string().nullable(),
  lastError: z.string().nullable(),
  waiting: z.int().describe("Deliveries that are not through"),
  createdBy: z.string(),
  createdAt: z.string(),
}) satisfies z.ZodType<ChannelView>;

const deliverySchema = z.object({
  id: z.string(),
  seq: z.string(),
  channelId: z.string().nullable(),
  channel: z.string(),
  kind,
  cause: z.string().describe("route, repeat:n, escalation:n, fallback:id, replay, test"),
  title: z.string(),
  severity,
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.int(),
  nextAttemptAt: z.string().nullable(),
  answer: z.string().nullable(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
}) satisfies z.ZodType<DeliveryView>;
const deliveryDetailSchema = deliverySchema.extend({
  messageId: z.string().describe("The same for every attempt: webhook-id, Message-ID"),
  payload: z.string().nullable().describe("Without secrets"),
  requestedBy: z.string().nullable(),
  notifications: z.array(z.object({ id: z.string(), title: z.string(), path: z.string(), at: z.string() })),
  tries: z.array(
    z.object({
      number: z.int(),
      startedAt: z.string(),
      endedAt: z.string().nullable(),
      outcome: z.string().nullable().describe("unknown: nobody knows whether it was heard; it was sent again under the same id"),
      statusCode: z.int().nullable(),
      answer: z.string().nullable(),
    }),
  ),
}) satisfies z.ZodType<DeliveryDetail>;

// Routes nest, so their shape is given in words: the form and the API share lib/notifications/routing/schemas.ts.
const routingDocument = z
  .looseObject({ root: z.looseObject({}), inhibitions: z.array(z.looseObject({})), schedules: z.array(z.looseObject({})) })
  .describe("root: channels, groupBy, groupWaitSec, groupIntervalSec, repeatIntervalSec, mute, escalation, routes (nested)");
const routingViewSchema = z.object({
  version: z.int(),
  document: routingDocument as unknown as z.ZodType<RoutingView["document"]>,
  updatedBy: z.string().nullable(),
  updatedAt: z.string().nullable(),
  mutedNow: z.array(z.string()).describe("Names of the schedules that mute now"),
}) satisfies z.ZodType<RoutingView>;

const silenceViewSchema = z.object({
  id: z.string(),
  matchers: z.array(matcherSchema),
  comment: z.string(),
  incidentKey: z.string().nullable(),
  startsAt: z.string(),
  endsAt: z.string(),
  state: z.enum(["active", "pending", "expired"]),
  createdBy: z.string(),
  createdAt: z.string(),
  endedBy: z.string().nullable(),
}) satisfies z.ZodType<SilenceView>;

const inboxSchema = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      source: z.string(),
      severity,
      incidentState: z.enum(INCIDENT_STATES).nullable(),
      title: z.string(),
      body: z.string(),
      path: z.string(),
      facts: z.array(z.object({ label: z.string(), value: z.string() })),
      at: z.string(),
      read: z.boolean(),
      quiet: z.boolean().describe("Silenced, or something bigger was known"),
    }),
  ),
  unread: z.int(),
  next: z.string().nullable(),
}) satisfies z.ZodType<InboxView>;

export const NOTIFICATION_SCHEMAS = {
  ChannelList: { schema: z.object({ channels: z.array(channelSchema) }), io: "output" },
  CreateChannel: { schema: createChannelSchema, io: "input" },
  MadeChannel: {
    schema: z.object({ id: z.string(), secret: z.string().nullable().describe("Of a webhook, shown once") }),
    io: "output",
  },
  UpdateChannel: { schema: updateChannelSchema, io: "input" },
  ChannelAction: { schema: channelActionSchema, io: "input" },
  ChannelActed: {
    schema: z.object({ deliveryId: z.string(), secret: z.string().describe("Shown once"), ok: z.literal(true) }).partial(),
    io: "output",
  },
  Done: { schema: z.object({ ok: z.literal(true) }), io: "output" },
  DeliveryList: { schema: z.object({ deliveries: z.array(deliverySchema), next: z.string().nullable() }), io: "output" },
  DeliveryDetail: { schema: deliveryDetailSchema, io: "output" },
  ReplayedDelivery: { schema: z.object({ deliveryId: z.string() }), io: "output" },
  Routing: { schema: routingViewSchema, io: "output" },
  SaveRouting: { schema: z.strictObject({ baseVersion: z.int().min(0), document: routingDocument }), io: "input" },
  Silence: { schema: silenceSchema, io: "input" },
  SilenceList: { schema: z.object({ silences: z.array(silenceViewSchema) }), io: "output" },
  MadeSilence: { schema: z.object({ id: z.string() }), io: "output" },
  Inbox: { schema: inboxSchema, io: "output" },
} as const;

const at = "2026-11-20T10:15:00.000Z";
const id = "0197a3f0-0000-4000-8000-000000000051";
const channel = {
  id,
  name: "On call",
  kind: "webhook",
  config: { url: "https://hooks.acme.example/in" },
  secrets: ["secret"],
  tenants: ["*"],
  enabled: true,
  fallbackId: null,
  version: 1,
  health: "working",
  failingSince: null,
  lastSuccessAt: at,
  lastFailureAt: null,
  lastError: null,
  waiting: 0,
  createdBy: "Ada Min",
  createdAt: at,
};
const delivery = {
  id: "0197a3f0-0000-4000-8000-000000000052",
  seq: "17",
  channelId: id,
  channel: "On call",
  kind: "webhook",
  cause: "route",
  title: "Errors (acme)",
  severity: "warning",
  status: "delivered",
  attempts: 1,
  nextAttemptAt: null,
  answer: "ok",
  createdAt: at,
  endedAt: at,
};
const document = {
  root: { channels: [id], groupBy: ["group"], groupWaitSec: 30, routes: [] },
  inhibitions: [],
  schedules: [],
};
const matchers = [{ label: "tenant", op: "is" as const, values: ["acme"] }];
const silence = { matchers, comment: "Migration", endsAt: "2026-11-20T12:00:00Z" };
const done = { "200": { description: "Done", schema: "Done", example: { ok: true } } } as const;
const asAdmin = { ...reading, scope: "admin" } as const;

export const NOTIFICATION_OPERATIONS: readonly Operation[] = [
  {
    ...asAdmin,
    path: "/api/v1/notification-channels",
    id: "list_channels",
    summary: "Channels and how they work",
    answers: { "200": { description: "Channels", schema: "ChannelList", example: { channels: [channel] } } },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/notification-channels",
    id: "create_channel",
    summary: "Make a channel: Slack, mail, PagerDuty, webhook (Standard Webhooks) or Teams",
    body: {
      schema: "CreateChannel",
      types: json,
      example: { name: "On call", kind: "webhook", config: { url: "https://hooks.acme.example/in" }, receivesAll: true },
    },
    answers: { "201": { description: "Its id", schema: "MadeChannel", example: { id, secret: "whsec_…" } } },
  },
  {
    ...writing,
    method: "patch",
    path: "/api/v1/notification-channels/{id}",
    id: "update_channel",
    summary: "Change it; a secret that is not sent stays as it is",
    parameters: [idOf("channel")],
    body: { schema: "UpdateChannel", types: json, example: { baseVersion: 1, enabled: false } },
    answers: done,
  },
  {
    ...writing,
    method: "delete",
    path: "/api/v1/notification-channels/{id}",
    id: "delete_channel",
    summary: "Take it away; what it was to be told is cancelled",
    parameters: [idOf("channel")],
    answers: done,
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/notification-channels/{id}",
    id: "act_on_channel",
    summary: "Send a test message, or change the secret of a webhook",
    parameters: [idOf("channel")],
    body: { schema: "ChannelAction", types: json, example: { action: "rotate_secret" } },
    answers: {
      "200": { description: "A new secret, or done", schema: "ChannelActed", example: { secret: "whsec_…" } },
      "202": { description: "The test is on its way", schema: "ChannelActed", example: { deliveryId: delivery.id } },
    },
  },
  {
    ...asAdmin,
    path: "/api/v1/notification-deliveries",
    id: "list_deliveries",
    summary: "The delivery log, newest first",
    parameters: listParameters({
      channel: ["Id of a channel", { type: "string", format: "uuid" }],
      status: ["How it stands", { type: "string", enum: [...DELIVERY_STATUSES] }],
      about: ["Page of the console that it is about", { type: "string" }],
      before: ["`next` of the page before", { type: "string" }],
    }),
    answers: {
      "200": { description: "Deliveries", schema: "DeliveryList", example: { deliveries: [delivery], next: null } },
    },
  },
  {
    ...asAdmin,
    path: "/api/v1/notification-deliveries/{id}",
    id: "get_delivery",
    summary: "One delivery with its payload and every attempt",
    parameters: [idOf("delivery")],
    answers: {
      "200": {
        description: "The delivery",
        schema: "DeliveryDetail",
        example: {
          ...delivery,
          messageId: `msg_${delivery.id}`,
          payload: "{}",
          requestedBy: null,
          notifications: [{ id: "41", title: "Errors (acme)", path: "/alerts/incidents/1", at }],
          tries: [{ number: 1, startedAt: at, endedAt: at, outcome: "delivered", statusCode: 200, answer: "ok" }],
        },
      },
    },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/notification-deliveries/{id}",
    id: "replay_delivery",
    summary: "Send it again: machines get the id they know, people a new message",
    parameters: [idOf("delivery")],
    answers: {
      "202": { description: "On its way", schema: "ReplayedDelivery", example: { deliveryId: delivery.id } },
    },
  },
  {
    ...asAdmin,
    path: "/api/v1/notification-routing",
    id: "get_routing",
    summary: "Routes, inhibitions and mute schedules",
    answers: {
      "200": {
        description: "The document in force",
        schema: "Routing",
        example: { version: 3, document, updatedBy: "Ada Min", updatedAt: at, mutedNow: [] },
      },
    },
  },
  {
    ...writing,
    method: "put",
    path: "/api/v1/notification-routing",
    id: "save_routing",
    summary: "Save the whole document; 409 when it is not the one that was edited",
    body: { schema: "SaveRouting", types: json, example: { baseVersion: 2, document } },
    answers: {
      "200": {
        description: "The document in force",
        schema: "Routing",
        example: { version: 3, document, updatedBy: "Ada Min", updatedAt: at, mutedNow: [] },
      },
    },
  },
  {
    ...reading,
    path: "/api/v1/silences",
    id: "list_silences",
    summary: "Silences: who, why, until when",
    answers: {
      "200": {
        description: "Silences",
        schema: "SilenceList",
        example: {
          silences: [
            {
              id,
              matchers,
              comment: "Migration",
              incidentKey: null,
              startsAt: at,
              endsAt: "2026-11-20T12:00:00.000Z",
              state: "active",
              createdBy: "Lena Lead",
              createdAt: at,
              endedBy: null,
            },
          ],
        },
      },
    },
  },
  {
    ...writing,
    method: "post",
    path: "/api/v1/silences",
    id: "create_silence",
    summary: "Silence what matches, until it expires",
    body: { schema: "Silence", types: json, example: silence },
    answers: { "201": { description: "Its id", schema: "MadeSilence", example: { id } } },
  },
  {
    ...writing,
    method: "delete",
    path: "/api/v1/silences/{id}",
    id: "end_silence",
    summary: "End it now; the record of it stays",
    parameters: [idOf("silence")],
    answers: done,
  },
  {
    ...reading,
    path: "/api/v1/notifications",
    id: "read_inbox",
    summary: "What one should hear of, newest first, whether or not there is a channel",
    parameters: listParameters({ before: ["`next` of the page before", { type: "string" }] }),
    answers: {
      "200": {
        description: "The inbox",
        schema: "Inbox",
        example: {
          entries: [
            {
              id: "41",
              source: "alert",
              severity: "warning",
              incidentState: "triggered",
              title: "Errors (acme)",
              body: "Error rate is 8 % (≥ 5 %).",
              path: "/alerts/incidents/1",
              facts: [{ label: "Threshold", value: "≥ 5 %" }],
              at,
              read: false,
              quiet: false,
            },
          ],
          unread: 1,
          next: null,
        },
      },
    },
  },
];
