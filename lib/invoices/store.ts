/** The only file that touches invoice and invoice_line. */
import type { ClientBase, Pool } from "pg";
import type { InvoiceFormat, InvoiceLineDraft, InvoiceView, LineCategory, ReadInvoice } from "./schemas";

type Client = ClientBase | Pool;

interface Row {
  id: string;
  provider: string;
  number: string;
  month: string;
  format: InvoiceFormat;
  file_name: string;
  currency: string;
  lines: number;
  problems: InvoiceView["problems"];
  uploaded_at: Date;
  uploaded_by: string;
}

const toView = (row: Row): InvoiceView => ({
  id: row.id,
  provider: row.provider,
  number: row.number,
  month: row.month,
  format: row.format,
  fileName: row.file_name,
  currency: row.currency,
  lines: row.lines,
  problems: row.problems,
  uploadedAt: row.uploaded_at.toISOString(),
  uploadedBy: row.uploaded_by,
});

export interface NewInvoice extends Pick<ReadInvoice, "format" | "currency" | "lines" | "problems"> {
  provider: string;
  number: string;
  month: string;
  fileName: string;
  now: Date;
  by: string;
}

/** Supersedes what was uploaded for the same provider, month and number. */
export async function insertInvoice(client: ClientBase, invoice: NewInvoice): Promise<{ view: InvoiceView; superseded: number }> {
  const { provider, number, month, format, fileName, currency, lines, problems, now, by } = invoice;
  await client.query("select pg_advisory_xact_lock(hashtext('invoice'), hashtext($1))", [`${provider} ${month}`]);
  const old = await client.query(
    "update invoice set superseded_at = $4 where provider = $1 and month = $2 and number = $3 and superseded_at is null",
    [provider, month, number, now],
  );
  const { rows } = await client.query<Row>(
    `insert into invoice (provider, number, month, format, file_name, currency, lines, problems, uploaded_at, uploaded_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *`,
    [provider, number, month, format, fileName, currency, lines.length, JSON.stringify(problems), now, by],
  );
  const text = (value: (line: InvoiceLineDraft) => string | null) => lines.map(value);
  await client.query(
    `insert into invoice_line (invoice_id, line, line_id, category, sku, model, meter, description, from_at, to_at, quantity, unit_price, amount)
     select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
       $10::timestamptz[], $11::numeric[], $12::numeric[], $13::numeric[])`,
    [
      rows[0]!.id,
      lines.map(({ line }) => line),
      text(({ lineId }) => lineId),
      text(({ category }) => category),
      text(({ sku }) => sku),
      text(({ model }) => model),
      text(({ meter }) => meter),
      text(({ description }) => description),
      text(({ from }) => from),
      text(({ to }) => to),
      text(({ quantity }) => quantity),
      text(({ unitPrice }) => unitPrice),
      text(({ amount }) => amount),
    ],
  );
  return { view: toView(rows[0]!), superseded: old.rowCount ?? 0 };
}

export async function findInvoices(client: Client, month: string): Promise<InvoiceView[]> {
  const { rows } = await client.query<Row>(
    "select * from invoice where month = $1 and superseded_at is null order by provider, number",
    [month],
  );
  return rows.map(toView);
}

export async function readInvoice(client: Client, id: string): Promise<InvoiceView | undefined> {
  const { rows } = await client.query<Row>("select * from invoice where id = $1 and superseded_at is null", [id]);
  return rows[0] && toView(rows[0]);
}

export async function withdraw(client: ClientBase, id: string, now: Date): Promise<void> {
  await client.query("update invoice set superseded_at = $2 where id = $1", [id, now]);
}

export interface StoredLine extends InvoiceLineDraft {
  invoiceId: string;
}

export async function readLines(client: Client, ids: readonly string[]): Promise<StoredLine[]> {
  const { rows } = await client.query<StoredLine & { from: Date; to: Date }>(
    `select invoice_id as "invoiceId", line, line_id as "lineId", category, sku, model, meter, description, from_at as "from", to_at as "to",
       trim_scale(quantity)::text as quantity, trim_scale(unit_price)::text as "unitPrice", trim_scale(amount)::text as amount
     from invoice_line where invoice_id = any($1::uuid[]) order by invoice_id, line`,
    [ids],
  );
  return rows.map((row) => ({ ...row, from: row.from.toISOString(), to: row.to.toISOString() }));
}

export interface InvoiceTotal {
  invoiceId: string;
  provider: string;
  number: string;
  currency: string;
  category: LineCategory;
  amount: string;
}

/** Sums of a month's invoices by category, in their currency. */
export async function readInvoiceTotals(client: Client, month: string): Promise<InvoiceTotal[]> {
  const { rows } = await client.query<InvoiceTotal>(
    `select i.id as "invoiceId", i.provider, i.number, i.currency, l.category, trim_scale(sum(l.amount))::text as amount
     from invoice i join invoice_line l on l.invoice_id = i.id
     where i.month = $1 and i.superseded_at is null group by 1, 2, 3, 4, 5 order by 2, 3, 5`,
    [month],
  );
  return rows;
}
