/** Tokens and GPU money by pool. Comes from the metric catalogue, which is built on top of this folder: so it is passed in. */
import type { TenantWork } from "@/lib/pricing";

export interface PoolTenantWork extends TenantWork {
  pool: string;
}

export interface PoolGpuCost {
  pool: string;
  busyNanoUsd: bigint;
  idleNanoUsd: bigint;
}

/** Answers for the whole workspace. What an actor may see of it is decided by the verbs here. */
export interface PoolUsageReader {
  work(period: { from: Date; to: Date }): Promise<PoolTenantWork[]>;
  gpuCost(period: { from: Date; to: Date }): Promise<PoolGpuCost[]>;
}
