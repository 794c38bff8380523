import { db } from "@/lib/db";

export const dynamic = "force-dynamic";

/** For load balancers and the launcher: 200 when this replica can reach the database, 503 when it cannot. Says nothing else. */
export async function GET(): Promise<Response> {
  try {
    await db().pool.query("select 1");
    return Response.json({ status: "ok" });
  } catch {
    return Response.json({ status: "database unreachable" }, { status: 503, headers: { "retry-after": "5" } });
  }
}
