import { requireUuid } from "@/lib/auth/route-id";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import {
  deleteChannel,
  dropPreviousSecret,
  rotateWebhookSecret,
  updateChannel,
} from "@/lib/notifications/channels/change-channels";
import { channelActionSchema, updateChannelSchema } from "@/lib/notifications/channels/schemas";
import { testChannel } from "@/lib/notifications/delivery/order-delivery";

export const PATCH = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  await updateChannel(ctx, requireUuid(params.id, "channel"), await readJson(request, updateChannelSchema));
  return { ok: true };
});

export const DELETE = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params }) => {
  await deleteChannel(ctx, requireUuid(params.id, "channel"));
  return { ok: true };
});

/** `{"action":"test"}`: a marked message; or a new secret of a webhook, shown once. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  const { action } = await readJson(request, channelActionSchema);
  const id = requireUuid(params.id, "channel");
  if (action === "test") return Response.json(await testChannel(ctx, id), { status: 202 });
  if (action === "rotate_secret") return rotateWebhookSecret(ctx, id);
  await dropPreviousSecret(ctx, id);
  return { ok: true };
});
