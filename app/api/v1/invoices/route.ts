import { route } from "@/lib/auth/route";
import { readUpload } from "@/lib/http";
import { listInvoices, uploadInvoice } from "@/lib/invoices";

export const dynamic = "force-dynamic";

const LIMIT_BYTES = 64 * 1024 * 1024;

/** Invoices of a month. `?month=` */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url }) =>
  listInvoices(ctx, url.searchParams.get("month") ?? ""),
);

/** The file as the body: CSV, FOCUS InvoiceDetail, or a provider's cost answer as JSON. `?month=&provider=&number=&name=` */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request, url }) =>
  Response.json(await uploadInvoice(ctx, readUpload(request, LIMIT_BYTES), Object.fromEntries(url.searchParams)), {
    status: 201,
  }),
);
