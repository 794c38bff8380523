import { exportLedger } from "@/lib/advisor/ledger";
import { route } from "@/lib/auth/route";

/** Every measurement of every change, as CSV. */
export const GET = route({ role: "analyst", scope: "read" }, async ({ ctx }) => {
  const day = ctx.now.toISOString().slice(0, 10);
  return new Response(await exportLedger(ctx), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="headroom-savings-${day}.csv"`,
      "cache-control": "no-store",
    },
  });
});
