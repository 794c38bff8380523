"use client";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { EmptyState, QueryCard } from "@/components/states";
import { MonthPicker } from "@/components/statements/month-picker";
import { useMonth } from "@/components/statements/use-month";
import { monthLabel } from "@/components/statements/words";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { ProblemList } from "@/components/uploads/problem-list";
import { UploadButton } from "@/components/uploads/upload-button";
import type { InvoiceView } from "@/lib/invoices/schemas";
import { ReconciliationCard } from "./reconciliation-card";
import { FORMAT_LABEL } from "./words";

const PATH = "/api/v1/invoices";

/** What providers billed for a month, and how it compares with what was calculated. */
export function InvoicesPage() {
  const { user } = useWorkspace();
  const allowed = user.role !== "viewer";
  const chosen = useMonth();
  const { month } = chosen;
  const query = useApi<{ items: InvoiceView[]; providers: string[] }>(allowed ? `${PATH}?month=${month}` : null);
  const [asked, setProvider] = useQueryState("provider", parseAsString.withOptions({ history: "push" }));
  const provider = asked ?? query.data?.items[0]?.provider ?? null;
  if (!allowed) {
    return (
      <Page title="Invoices">
        <EmptyState
          title="Invoices are for analysts"
          why="They hold the spend of every tenant. Ask an admin for the role analyst if you need them."
          action={{ label: "To the overview", href: "/" }}
        />
      </Page>
    );
  }
  return (
    <Page
      title="Invoices"
      description="What providers billed, line by line against what was calculated. Credits and taxes are shared out on statements; what nothing explains stays a residual."
      actions={<MonthPicker {...chosen} />}
    >
      <QueryCard
        title={`Invoices for ${monthLabel(month)}`}
        description="CSV, FOCUS InvoiceDetail, or the saved JSON of OpenAI costs and usage or Anthropic cost_report. The same number again supersedes the old file."
        query={query}
        height={160}
        isEmpty={() => false}
      >
        {({ items, providers }) => (
          <div className="flex flex-col gap-4">
            {user.role === "admin" ? (
              <UploadForm month={month} providers={providers} onUploaded={(of) => void setProvider(of)} />
            ) : null}
            <InvoiceTable items={items} admin={user.role === "admin"} onChoose={(of) => void setProvider(of)} />
          </div>
        )}
      </QueryCard>
      {provider ? <ReconciliationCard month={month} provider={provider} /> : null}
    </Page>
  );
}

interface UploadProps {
  month: string;
  providers: readonly string[];
  onUploaded: (provider: string) => void;
}

function UploadForm({ month, providers, onUploaded }: UploadProps) {
  const [provider, setProvider] = useState("");
  const [number, setNumber] = useState("");
  const [problems, setProblems] = useState<InvoiceView["problems"]>([]);
  const path = (name: string) =>
    `${PATH}?${new URLSearchParams({ month, name, ...(provider ? { provider } : {}), ...(number ? { number } : {}) }).toString()}`;
  return (
    <div className="flex flex-col gap-3">
      <div className="grid items-start gap-3 sm:grid-cols-3">
        <Field label="Provider" hint="As requests name it. JSON answers say it themselves.">
          {(control) => (
            <>
              <Input
                {...control}
                list="invoice-providers"
                value={provider}
                onChange={(event) => setProvider(event.target.value.trim())}
              />
              <datalist id="invoice-providers">
                {providers.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label="Invoice number" hint="Empty: what the file says">
          {(control) => <Input {...control} value={number} onChange={(event) => setNumber(event.target.value)} />}
        </Field>
        <div className="sm:pt-5.5">
          <UploadButton<{ invoice: InvoiceView; superseded: number }>
            label="Upload an invoice"
            accept=".csv,.json,text/csv,application/json"
            path={path}
            refreshes="/api/v1"
            onDone={({ invoice, superseded }) => {
              setProblems(invoice.problems);
              onUploaded(invoice.provider);
              toast.success(
                `${invoice.lines} lines of ${invoice.number} are in${superseded > 0 ? "; the earlier file is superseded" : ""}.`,
              );
            }}
          />
        </div>
      </div>
      <ProblemList problems={problems} />
    </div>
  );
}

interface TableProps {
  items: readonly InvoiceView[];
  admin: boolean;
  onChoose: (provider: string) => void;
}

function InvoiceTable({ items, admin, onChoose }: TableProps) {
  const { timeZone } = useWorkspace();
  const save = useSave("/api/v1");
  const columns: DataColumn<InvoiceView>[] = [
    {
      id: "number",
      header: "Invoice",
      value: (invoice) => invoice.number,
      cell: (invoice) => (
        <button
          type="button"
          className="min-h-6 rounded-sm text-left font-medium text-accent-foreground underline-offset-2 wrap-anywhere hover:underline"
          onClick={() => onChoose(invoice.provider)}
        >
          {invoice.number}
        </button>
      ),
    },
    { id: "provider", header: "Provider", value: (invoice) => invoice.provider },
    { id: "format", header: "Format", value: (invoice) => FORMAT_LABEL[invoice.format] },
    { id: "currency", header: "Currency", value: (invoice) => invoice.currency },
    { id: "lines", header: "Lines", value: (invoice) => invoice.lines, unit: "count" },
    {
      id: "problems",
      header: "Left out",
      value: (invoice) => invoice.problems.length,
      cell: (invoice) =>
        invoice.problems.length === 0 ? (
          "0"
        ) : (
          <Badge variant="warning" title={invoice.problems.map(({ line, problem }) => `Line ${line}: ${problem}`).join("\n")}>
            {invoice.problems.length}
          </Badge>
        ),
    },
    {
      id: "uploaded",
      header: "Uploaded",
      value: (invoice) => invoice.uploadedAt,
      cell: (invoice) => `${formatInstant(invoice.uploadedAt, timeZone)} by ${invoice.uploadedBy}`,
    },
    ...(admin
      ? [
          {
            id: "withdraw",
            header: "Withdraw",
            value: () => null,
            cell: (invoice: InvoiceView) => (
              <ConfirmDialog
                trigger={
                  <Button size="sm" variant="ghost" aria-label={`Withdraw ${invoice.number}`}>
                    Withdraw
                  </Button>
                }
                title={`Withdraw ${invoice.number}?`}
                consequence="It no longer counts in statements and reconciliation. The file stays in the records."
                confirm="Withdraw"
                onConfirm={() =>
                  save.mutateAsync(
                    { method: "DELETE", path: `${PATH}/${invoice.id}` },
                    { onError: (error) => void toast.error(error.message) },
                  )
                }
              />
            ),
          },
        ]
      : []),
  ];
  return (
    <DataTable
      caption="Invoices"
      rows={items}
      columns={columns}
      rowId={(invoice) => invoice.id}
      empty="No invoice of this month yet. Statements show what was calculated."
    />
  );
}
