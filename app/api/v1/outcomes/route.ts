import { route } from "@/lib/auth/route";
import {
  acceptItems,
  enqueueBatch,
  ingestQueue,
  OUTCOME_LIMITS,
  readBatch,
  readBody,
  readOutcome,
  requireRoomInQueue,
} from "@/lib/telemetry";
import { loadWorkspace } from "@/lib/workspace";

export const dynamic = "force-dynamic";

/** What became of requests and actions. 200: all accepted; 207: look at the items. Accepted means durably queued. */
export const POST = route({ role: "lead", scope: "ingest" }, async ({ ctx, request, url }) => {
  const queue = ingestQueue();
  await requireRoomInQueue(queue);
  const body = await readBody(request, OUTCOME_LIMITS.bytes);
  const batch = readBatch(body, request.headers.get("content-type"), { name: "outcomes", max: OUTCOME_LIMITS.items });
  const { rawRetentionDays } = await loadWorkspace(ctx.db);
  const receivedAt = ctx.now.getTime();
  const door = { now: receivedAt, rawRetentionDays, tenants: ctx.actor.tenants };
  const verbose = url.searchParams.get("verbose") === "1";
  const idOf = (value: unknown) => String((value as { id?: unknown } | null)?.id ?? "").slice(0, 200) || null;
  const { answer, items } = acceptItems(batch, (value) => readOutcome(value, door), idOf, verbose);
  const apiKeyId = ctx.actor.kind === "api_key" ? ctx.actor.id : null;
  await enqueueBatch(queue, { kind: "outcomes", items, receivedAt, apiKeyId });
  const status = answer.accepted === batch.length ? 200 : 207;
  return Response.json(answer, { status, headers: { "cache-control": "no-store" } });
});
