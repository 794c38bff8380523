import { requireUuid } from "@/lib/auth/route-id";
import { route } from "@/lib/auth/route";
import { replayDelivery } from "@/lib/notifications/delivery/order-delivery";
import { readDelivery } from "@/lib/notifications/delivery/read-deliveries";

export const GET = route<{ id: string }>({ role: "admin", scope: "admin" }, ({ ctx, params }) =>
  readDelivery(ctx, requireUuid(params.id, "delivery")),
);

/** Sends it again. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params }) =>
  Response.json(await replayDelivery(ctx, requireUuid(params.id, "delivery")), { status: 202 }),
);
