/** Somebody wrote an order that nobody approved: whoever sees the whole workspace is told at once. */
import type { TellPeople } from "@/lib/fleet/tell-withheld";
import { enqueueNotification } from "@/lib/notifications";

export const notifyWithheld: TellPeople = async (client, { targetId, targetName, generation, reason, at }) => {
  await enqueueNotification(client, {
    dedupeKey: `withheld:${targetId}:${generation}`,
    source: "system",
    kind: "order.withheld",
    severity: "critical",
    title: `An order for ${targetName} was withheld: nobody allowed it`,
    body: `${reason} The target keeps what it runs. Find out who wrote the order: it did not come through the console.`,
    path: `/fleet/${targetId}`,
    labels: { target: targetName },
    tenants: ["*"],
    groupKey: `withheld:${targetId}`,
    facts: [{ label: "Generation", value: String(generation) }],
    at,
  });
};
