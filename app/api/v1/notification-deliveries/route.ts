import { route } from "@/lib/auth/route";
import { listDeliveries } from "@/lib/notifications/delivery/read-deliveries";

/** Newest first: `?channel=…&status=failed&before=…`. */
export const GET = route({ role: "admin", scope: "admin" }, ({ ctx, url }) =>
  listDeliveries(ctx, Object.fromEntries(url.searchParams)),
);
