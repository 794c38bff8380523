/**
 * Nothing is signed that nobody let loose: each new order is looked up once (lib/changes/warrant). What was found allowed
 * stays so, because an order and what it names are never rewritten.
 */
import type { SyncDeps } from "@/lib/fleet/sync-targets";
import { unsignedOrders } from "@/lib/changes/warrant/read-orders";
import type { Logger } from "@/lib/log";

const MOST_KNOWN = 50_000;

export function createOrderGate(log: Logger, onWithheld: () => void): SyncDeps["unsigned"] {
  const allowed = new Set<string>();
  const told = new Set<string>();
  return async (client, orders) => {
    const keyed = orders.map((order) => ({ order, key: Object.values(order).join(" ") }));
    const fresh = keyed.filter(({ key }) => !allowed.has(key));
    const unsigned = await unsignedOrders(
      client,
      fresh.map(({ order }) => order),
    );
    for (const known of [allowed, told]) if (known.size > MOST_KNOWN) known.clear();
    for (const { order, key } of fresh) {
      const reason = unsigned.get(order.targetId);
      if (reason === undefined) allowed.add(key);
      else if (!told.has(key)) {
        told.add(key);
        onWithheld();
        log.error({ target: order.targetId, generation: order.generation, reason }, "an order is withheld: nobody allowed it");
      }
    }
    return unsigned;
  };
}
