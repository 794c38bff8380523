import { route } from "@/lib/auth/route";
import { listFxRates, setFxRates } from "@/lib/currency";
import { setFxRatesSchema } from "@/lib/currency/schemas";
import { readJson } from "@/lib/http";

export const GET = route({ role: "analyst", scope: "read" }, ({ ctx }) => listFxRates(ctx));

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await setFxRates(ctx, await readJson(request, setFxRatesSchema)), { status: 201 }),
);
