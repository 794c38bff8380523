import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { cancelExport, getExport } from "@/lib/exports";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>({ role: "analyst", scope: "read" }, ({ ctx, params }) =>
  getExport(ctx, requireUuid(params.id, "export")),
);

/** Cancels it. */
export const DELETE = route<{ id: string }>({ role: "analyst", scope: "read" }, ({ ctx, params }) =>
  cancelExport(ctx, requireUuid(params.id, "export")),
);
