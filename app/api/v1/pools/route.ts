import { route } from "@/lib/auth/route";
import { listPools } from "@/lib/fleet";
import { poolUsageReader } from "./usage-reader";

export const dynamic = "force-dynamic";

/** GPU pools, their nodes and what each node last said. */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => ({
  pools: await listPools(ctx, poolUsageReader(ctx)),
}));
