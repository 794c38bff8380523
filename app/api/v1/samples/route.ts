import { route } from "@/lib/auth/route";
import { AppError } from "@/lib/http";
import {
  acceptItems,
  enqueueBatch,
  ingestQueue,
  readBatch,
  readBody,
  readSample,
  requireRoomInQueue,
  SAMPLE_LIMITS,
} from "@/lib/telemetry";
import { loadWorkspace } from "@/lib/workspace";

export const dynamic = "force-dynamic";

/** Readings of GPU nodes. 200: all accepted; 207: look at the items. Accepted means durably queued. */
export const POST = route({ role: "lead", scope: "ingest" }, async ({ ctx, request, url }) => {
  if (ctx.actor.tenants !== "all") {
    throw new AppError("forbidden", "GPU nodes serve every tenant: a sender that is limited to tenants cannot report them.");
  }
  const queue = ingestQueue();
  await requireRoomInQueue(queue);
  const body = await readBody(request, SAMPLE_LIMITS.bytes);
  const batch = readBatch(body, request.headers.get("content-type"), { name: "samples", max: SAMPLE_LIMITS.items });
  const { rawRetentionDays } = await loadWorkspace(ctx.db);
  const receivedAt = ctx.now.getTime();
  const verbose = url.searchParams.get("verbose") === "1";
  const { answer, items } = acceptItems(
    batch,
    (value) => readSample(value, { now: receivedAt, rawRetentionDays }),
    idOf,
    verbose,
  );
  const apiKeyId = ctx.actor.kind === "api_key" ? ctx.actor.id : null;
  await enqueueBatch(queue, { kind: "samples", items, receivedAt, apiKeyId });
  const status = answer.accepted === batch.length ? 200 : 207;
  return Response.json(answer, { status, headers: { "cache-control": "no-store" } });
});

function idOf(value: unknown): string | null {
  const { node, at } = (value ?? {}) as { node?: unknown; at?: unknown };
  return typeof node === "string" && typeof at === "string" ? `${node}@${at}`.slice(0, 250) : null;
}
