import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { readRouting, saveRouting } from "@/lib/notifications/routing/read-routing";
import { saveRoutingSchema } from "@/lib/notifications/routing/schemas";

export const GET = route({ role: "admin", scope: "admin" }, ({ ctx }) => readRouting(ctx));

/** The whole document; 409 when it is not the one that was edited. */
export const PUT = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  saveRouting(ctx, await readJson(request, saveRoutingSchema)),
);
