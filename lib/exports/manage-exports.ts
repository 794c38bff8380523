import { appendAuditRaw } from "@/lib/audit/append";
import { requireRole, type Actor, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { createExportSchema, type ExportReceipt, type ExportView } from "./schemas";
import { countOpen, findExports, insertExport, markCancelled, readChunks, readExport, type ExportJob } from "./store";

const MAX_OPEN = 5;
const MAX_LISTED = 100;

const mayExport = (ctx: Ctx) => (ctx.actor.kind === "user" ? requireRole(ctx, "analyst") : undefined);

/** Begin a file that is made in the background, for what the actor may see now. */
export async function createExport(ctx: Ctx, input: unknown): Promise<ExportView> {
  mayExport(ctx);
  const params = createExportSchema.parse(input);
  return withTransaction(ctx.db.pool, async (client) => {
    if ((await countOpen(client, ctx.actor.id)) >= MAX_OPEN) {
      throw new AppError("busy", `${MAX_OPEN} of your exports are being made. Wait for one to end, or cancel it.`);
    }
    const job = await insertExport(client, params, ctx);
    await appendAuditRaw(client, ctx, { action: "export.create", subject: `export:${job.id}`, data: { ...params } });
    return job.view;
  });
}

/** One's own; an admin of everything sees everybody's. */
export async function listExports(ctx: Ctx): Promise<{ items: ExportView[] }> {
  mayExport(ctx);
  const jobs = await findExports(ctx.db.pool, isWholeAdmin(ctx.actor) ? null : ctx.actor.id, MAX_LISTED);
  return { items: jobs.map(({ view }) => view) };
}

export async function getExport(ctx: Ctx, id: string): Promise<ExportView> {
  mayExport(ctx);
  return mine(ctx, await readExport(ctx.db.pool, id)).view;
}

export async function cancelExport(ctx: Ctx, id: string): Promise<ExportView> {
  mayExport(ctx);
  return withTransaction(ctx.db.pool, async (client) => {
    const { status } = mine(ctx, await readExport(client, id, true));
    if (status !== "queued" && status !== "running") throw new AppError("conflict", `This export is ${status} already.`);
    await markCancelled(client, id, { reason: `Cancelled by ${ctx.actor.name}.`, now: ctx.now });
    await appendAuditRaw(client, ctx, { action: "export.cancel", subject: `export:${id}`, data: {} });
    return (await readExport(client, id))!.view;
  });
}

export interface ExportFile {
  name: string;
  contentType: string;
  bytes: number;
  chunks: AsyncGenerator<Uint8Array>;
}

export async function downloadExport(ctx: Ctx, id: string): Promise<ExportFile> {
  mayExport(ctx);
  const job = finished(ctx, await readExport(ctx.db.pool, id));
  await withTransaction(ctx.db.pool, (client) =>
    appendAuditRaw(client, ctx, { action: "export.download", subject: `export:${id}`, data: { file: job.fileName } }),
  );
  return { name: job.fileName!, contentType: job.contentType!, bytes: job.view.bytes, chunks: readChunks(ctx.db.pool, id) };
}

export async function readReceipt(ctx: Ctx, id: string): Promise<ExportReceipt> {
  mayExport(ctx);
  const { receipt } = mine(ctx, await readExport(ctx.db.pool, id));
  if (!receipt) throw new AppError("not_found", "This export has no receipt: only FOCUS files are checked row by row.");
  return receipt;
}

const isWholeAdmin = (actor: Actor) => actor.role === "admin" && actor.tenants === "all" && actor.kind === "user";

/** Whose it is, and who may still see every tenant that is in it: a scope that shrank shuts out old files as well. */
function mine(ctx: Ctx, job: ExportJob | undefined): ExportJob {
  const { actor } = ctx;
  const covered =
    job && (actor.tenants === "all" || (job.tenants !== "all" && job.tenants.every((id) => actor.tenants.includes(id))));
  if (!job || !covered || (job.owner.id !== actor.id && !isWholeAdmin(actor))) {
    throw new AppError("not_found", "There is no such export, or it is not yours.");
  }
  return job;
}

function finished(ctx: Ctx, found: ExportJob | undefined): ExportJob {
  const job = mine(ctx, found);
  if (job.status === "expired")
    throw new AppError("not_found", "This file was taken away when its time was over. Export it again.");
  if (job.status !== "done") throw new AppError("conflict", `This export is ${job.status}; there is nothing to download yet.`);
  return job;
}
