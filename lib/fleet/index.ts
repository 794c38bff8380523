export { listPools } from "./list-pools";
export { readConnection } from "./read-connection";
export type { PoolUsageReader } from "./reader";
export { sharePools } from "./share-pools";
export { publishDesired, publishDesiredToAll } from "./publish-desired";
