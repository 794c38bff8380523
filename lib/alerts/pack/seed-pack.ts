import type { Db } from "@/lib/db";
import { withTransaction } from "@/lib/db";
import { insertRule } from "../store/rules";
import { packRules } from "./pack";

/** Every rule of the pack once, enabled: what was changed, switched off or deleted stays so. */
export async function seedAlertPack(db: Db, now: Date): Promise<void> {
  await withTransaction(db.pool, async (client) => {
    for (const { id, rule } of packRules()) {
      await insertRule(client, { rule, enabled: true, packId: id, byName: "Headroom", at: now });
    }
  });
}
