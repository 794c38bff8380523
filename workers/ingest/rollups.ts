import type { PoolClient } from "pg";
import { applyRollups } from "@/lib/metrics/apply-rollups";
import { buildRollupDeltas, type RollupDeltas } from "@/lib/metrics/build-deltas";
import type { RatedEvent } from "@/lib/telemetry/event";
import type { Workspace } from "@/lib/workspace";
import { PoisonError } from "./failures";

/** Add new rows, and only those, to the rollups. Last in the transaction: it takes the one rollup lock until commit. */
export async function writeRollups(
  client: PoolClient,
  events: readonly RatedEvent[],
  { timeZone, tagKeys }: Pick<Workspace, "timeZone" | "tagKeys">,
): Promise<void> {
  let deltas: RollupDeltas;
  try {
    deltas = buildRollupDeltas([...events], { timeZone, tagKeys });
  } catch (cause) {
    throw new PoisonError("could not be added up", { cause });
  }
  await applyRollups(client, deltas);
}
