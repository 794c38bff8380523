import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { listGpuRates, setGpuRate } from "@/lib/pricing/manage";
import { setGpuRateSchema } from "@/lib/pricing/manage/schemas";

export const GET = route({ role: "analyst", scope: "read" }, ({ ctx }) => listGpuRates(ctx));

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await setGpuRate(ctx, await readJson(request, setGpuRateSchema)), { status: 201 }),
);
