import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { withdrawInvoice } from "@/lib/invoices";

/** Withdraws it: it no longer counts. */
export const DELETE = route<{ id: string }>({ role: "admin", scope: "admin" }, ({ ctx, params }) =>
  withdrawInvoice(ctx, requireUuid(params.id, "invoice")),
);
