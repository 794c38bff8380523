/** Who sent work to which pool. Comes from the metric catalogue, which is built on top of this folder: so it is passed in. */
import type { TenantWork } from "@/lib/pricing";

export interface PoolTenantWork extends TenantWork {
  pool: string;
}

/** Answers for the whole workspace. What an actor may see of it is decided by the verbs here. */
export interface PoolUsageReader {
  work(period: { from: Date; to: Date }): Promise<PoolTenantWork[]>;
}
