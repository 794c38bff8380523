import { route } from "@/lib/auth/route";
import { exportPopulation } from "@/lib/changes/store";

/** The complete population of changes, for whoever samples it. */
export const GET = route({ role: "analyst", scope: "read" }, async ({ ctx }) => {
  const day = ctx.now.toISOString().slice(0, 10);
  return new Response(await exportPopulation(ctx), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="headroom-changes-${day}.csv"`,
      "cache-control": "no-store",
    },
  });
});
