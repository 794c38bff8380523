import { appendAuditRaw } from "@/lib/audit/append";
import { requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { isCurrency } from "@/lib/currency";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { readCsvInvoice } from "./formats/read-csv-invoice";
import { readJsonInvoice } from "./formats/read-json-invoice";
import { uploadInvoiceSchema, type InvoiceView, type ReadInvoice } from "./schemas";
import { insertInvoice, readInvoice, withdraw } from "./store";

const MAX_LINES = 200_000;

/** An invoice as it was sent: CSV, FOCUS InvoiceDetail, or a provider's cost answer as JSON. Broken lines are reported, the rest is kept. */
export async function uploadInvoice(
  ctx: Ctx,
  chunks: AsyncIterable<string>,
  input: unknown,
): Promise<{ invoice: InvoiceView; superseded: number }> {
  requireWorkspaceAdmin(ctx);
  const { month, name, ...stated } = uploadInvoiceSchema.parse(input);
  const read = await readFile(chunks);
  const first = read.problems[0];
  if (read.lines.length === 0) {
    throw new AppError("unprocessable", `No line could be read.${first ? ` Line ${first.line}: ${first.problem}` : ""}`, {
      members: { problems: read.problems.slice(0, 100) },
    });
  }
  if (read.lines.length > MAX_LINES)
    throw new AppError("too_large", `At most ${MAX_LINES} lines; this file has ${read.lines.length}.`);
  const provider = read.provider ?? stated.provider;
  if (!provider) throw new AppError("invalid", "Say which provider sent this invoice.", { field: "provider" });
  if (!isCurrency(read.currency)) throw new AppError("unprocessable", `"${read.currency}" is not a currency of ISO 4217.`);
  return withTransaction(ctx.db.pool, async (client) => {
    const { view, superseded } = await insertInvoice(client, {
      ...read,
      provider,
      number: stated.number ?? read.number ?? (read.provider ? `${read.format} ${month}` : name),
      month,
      fileName: name,
      now: ctx.now,
      by: ctx.actor.name,
    });
    await appendAuditRaw(client, ctx, {
      action: "invoice.upload",
      subject: `invoice:${view.id}`,
      data: {
        provider,
        number: view.number,
        month,
        format: view.format,
        lines: view.lines,
        leftOut: view.problems.length,
        superseded,
      },
    });
    return { invoice: view, superseded };
  });
}

/** JSON begins with a brace or a bracket; everything else is CSV. */
async function readFile(chunks: AsyncIterable<string>): Promise<ReadInvoice> {
  const source = chunks[Symbol.asyncIterator]();
  let start = "";
  while (start.trim() === "") {
    const { value, done } = await source.next();
    if (done) break;
    start += value;
  }
  const whole = (async function* () {
    yield start;
    for (;;) {
      const { value, done } = await source.next();
      if (done) return;
      yield value;
    }
  })();
  if (!/^\uFEFF?\s*[{[]/.test(start)) return readCsvInvoice(whole);
  let text = "";
  for await (const chunk of whole) text += chunk;
  return readJsonInvoice(text.replace(/^\uFEFF/, ""));
}

/** It no longer counts; what it said stays. */
export async function withdrawInvoice(ctx: Ctx, id: string): Promise<InvoiceView> {
  requireWorkspaceAdmin(ctx);
  return withTransaction(ctx.db.pool, async (client) => {
    const invoice = await readInvoice(client, id);
    if (!invoice) throw new AppError("not_found", "There is no such invoice.");
    await withdraw(client, id, ctx.now);
    const { provider, number, month } = invoice;
    await appendAuditRaw(client, ctx, {
      action: "invoice.withdraw",
      subject: `invoice:${id}`,
      data: { provider, number, month },
    });
    return invoice;
  });
}
