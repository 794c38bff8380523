/** Ends what a rule has open when it stops watching, or begins to watch something else. In the caller's transaction. */
import type pg from "pg";
import { isOpen, startOfAlert, type Transition } from "../lifecycle/machine";
import type { StoredRule } from "../store/rules";
import { deleteInstances, readInstances } from "../store/evaluation";
import { applyTransition } from "./apply-step";

export async function endIncidents(
  client: pg.ClientBase,
  stored: StoredRule,
  { byName, note, now }: { byName: string; note: string; now: Date },
): Promise<void> {
  const instances = await readInstances(client, stored.id);
  for (const instance of instances.values()) {
    if (instance.incidentId === null || !isOpen(instance.state)) continue;
    const transition: Transition = { kind: "resolved", at: now.getTime(), cause: instance.state.cause ?? "condition" };
    await applyTransition(
      client,
      {
        ruleId: stored.id,
        ruleVersion: stored.version,
        rule: stored.rule,
        now,
        byName,
        note,
        detail: () => Promise.resolve(null),
      },
      { ...instance, state: startOfAlert(now.getTime()) },
      transition,
    );
  }
  await deleteInstances(client, stored.id, [...instances.keys()]);
}
