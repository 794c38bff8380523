import type { Db } from "@/lib/db";
import type { ChannelKind } from "../schemas";
import type { DeliveryStatus, ToldView } from "./schemas";

const MOST = 50;

/** What was said about one page of the console, newest first, and to whom. The caller knows that the reader may see that page. */
export async function readTold(db: Pick<Db, "prisma">, path: string): Promise<ToldView[]> {
  const rows = await db.prisma.notification.findMany({
    where: { path },
    orderBy: { id: "desc" },
    take: MOST,
    include: {
      items: { where: { status: { in: ["waiting", "dropped"] } }, orderBy: { since: "asc" } },
      deliveries: { include: { delivery: true }, orderBy: { delivery: { seq: "asc" } } },
    },
  });
  return rows.map(({ id, kind, at, items, deliveries }) => ({
    id: String(id),
    kind,
    at: at.toISOString(),
    deliveries: deliveries.map(({ delivery }) => ({
      id: delivery.id,
      channel: delivery.channelName,
      kind: delivery.channelKind as ChannelKind,
      cause: delivery.cause.split(":")[0]!,
      status: delivery.status as DeliveryStatus,
      attempts: delivery.attempts,
      createdAt: delivery.createdAt.toISOString(),
      endedAt: delivery.endedAt?.toISOString() ?? null,
    })),
    held: items.map(({ status, reason }) => ({ waiting: status === "waiting", reason })),
  }));
}
