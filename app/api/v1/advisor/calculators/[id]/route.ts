import { calculateById, calculateSchema, calculationCsv, findCalculator } from "@/lib/advisor/calculators";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const dynamic = "force-dynamic";

/** One calculation in both modes, and where they differ. `?format=csv` for a spreadsheet. Changes nothing. */
export const POST = route<{ id: string }>({ role: "viewer", scope: "read" }, async ({ request, params, url }) => {
  const calculation = calculateById(params.id, (await readJson(request, calculateSchema)).inputs);
  if (url.searchParams.get("format") !== "csv") return calculation;
  return new Response(calculationCsv(findCalculator(params.id), calculation), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="headroom-${params.id}.csv"`,
    },
  });
});
