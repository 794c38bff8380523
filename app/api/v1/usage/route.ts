import { route } from "@/lib/auth/route";
import {
  acceptUsage,
  countRejected,
  enqueueBatch,
  ingestQueue,
  readBatch,
  readBody,
  requireRoomInQueue,
  USAGE_LIMITS,
} from "@/lib/telemetry";
import { loadWorkspace } from "@/lib/workspace";

export const dynamic = "force-dynamic";

/** Usage events in, verdict per item out. 200: all accepted; 207: look at the items. Accepted means durably queued. */
export const POST = route({ role: "lead", scope: "ingest" }, async ({ ctx, request, url }) => {
  const queue = ingestQueue();
  await requireRoomInQueue(queue);
  const items = readBatch(await readBody(request, USAGE_LIMITS.bytes), request.headers.get("content-type"));
  const { rawRetentionDays } = await loadWorkspace(ctx.db);
  const apiKeyId = ctx.actor.kind === "api_key" ? ctx.actor.id : null;
  const receivedAt = ctx.now.getTime();
  const door = { now: receivedAt, rawRetentionDays, tenants: ctx.actor.tenants, apiKeyId };
  const { answer, events, rejectedByTenant } = acceptUsage(items, door, url.searchParams.get("verbose") === "1");
  await enqueueBatch(queue, { kind: "usage", items: events, receivedAt, apiKeyId });
  await countRejected(ctx.db.pool, receivedAt, rejectedByTenant).catch((error: unknown) =>
    ctx.log.warn({ err: error }, "rejected items could not be counted"),
  );
  return Response.json(answer, {
    status: answer.accepted === items.length ? 200 : 207,
    headers: { "cache-control": "no-store" },
  });
});
