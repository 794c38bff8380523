import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { createChannel } from "@/lib/notifications/channels/change-channels";
import { listChannels } from "@/lib/notifications/channels/list-channels";
import { createChannelSchema } from "@/lib/notifications/channels/schemas";

export const GET = route({ role: "admin", scope: "admin" }, ({ ctx }) => listChannels(ctx));

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createChannel(ctx, await readJson(request, createChannelSchema)), {
    status: 201,
    headers: { "cache-control": "no-store" },
  }),
);
