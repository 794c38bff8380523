import { route } from "@/lib/auth/route";
import { importFxRates } from "@/lib/currency";
import { readUpload } from "@/lib/http";

const LIMIT_BYTES = 8 * 1024 * 1024;

/** A CSV with the columns day, currency and rate as the body. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request, url }) =>
  importFxRates(ctx, readUpload(request, LIMIT_BYTES), url.searchParams.get("name")?.slice(0, 200) || "upload"),
);
