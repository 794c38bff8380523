"use client";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import type { MonthTenant, MonthView, StatementLine } from "@/lib/statements/schemas";
import { MonthPicker } from "./month-picker";
import { useMonth } from "./use-month";
import { formatAmount, KIND_LABEL, monthLabel, STATE_LABEL, STATE_MEANING, STATUS_VARIANT } from "./words";

/** The statements of a month, and what nobody is charged for: together they are the bill. */
export function MonthCard() {
  const chosen = useMonth();
  const { month } = chosen;
  const query = useApi<MonthView>(`/api/v1/statements/month?month=${month}`);
  const currency = query.data?.currency ?? "USD";
  const money = (
    id: "total" | "direct" | "shared" | "other",
    header: string,
    of: (row: MonthTenant) => string,
  ): DataColumn<MonthTenant> => ({
    id,
    header,
    value: (row) => Number(of(row)),
    align: "right",
    cell: (row) => <span className="tabular">{formatAmount(of(row), currency)}</span>,
  });
  const columns: DataColumn<MonthTenant>[] = [
    { id: "tenant", header: "Tenant", value: (row) => row.name },
    {
      id: "status",
      header: "Statement",
      value: (row) => row.status ?? "",
      cell: (row) =>
        row.status ? (
          <Badge variant={STATUS_VARIANT[row.status]}>
            {row.status}, revision {row.revision}
          </Badge>
        ) : (
          <span className="text-muted-foreground">none yet</span>
        ),
    },
    money("direct", "Direct", (row) => row.direct),
    money("shared", "Shared GPUs", (row) => row.shared),
    money("other", "Credit, tax", (row) => row.other),
    money("total", "Total", (row) => row.total),
  ];
  return (
    <QueryCard
      title={`Statements for ${monthLabel(month)}`}
      description={query.data ? `${capital(STATE_LABEL[query.data.state])}. ${STATE_MEANING[query.data.state]}` : undefined}
      query={query}
      actions={<MonthPicker {...chosen} />}
      height={260}
      isEmpty={({ tenants, unallocated }) => tenants.length === 0 && (unallocated ?? []).length === 0}
      empty={{ title: "Nothing was charged in this month", why: "Choose another month above." }}
    >
      {(view) => (
        <div className="flex flex-col gap-3">
          <DataTable
            caption={`Statements for ${monthLabel(month)}`}
            rows={view.tenants}
            columns={columns}
            rowId={(row) => row.tenant}
            rowHref={(row) => `/tenants/${encodeURIComponent(row.tenant)}?month=${month}`}
            defaultSort={{ id: "total", desc: true }}
            csv={`statements-${month}`}
          />
          {view.unallocated && view.total && view.tenantsTotal ? (
            <Bill currency={view.currency} tenants={view.tenantsTotal} rest={view.unallocated} total={view.total} />
          ) : null}
        </div>
      )}
    </QueryCard>
  );
}

interface BillProps {
  currency: string;
  tenants: string;
  rest: readonly StatementLine[];
  total: string;
}

/** Tenants + what nobody is charged for = the bill, as known now. */
function Bill({ currency, tenants, rest, total }: BillProps) {
  return (
    <dl className="flex max-w-xl flex-col gap-1 text-[13px]">
      <BillRow label="Tenants, as known now" amount={formatAmount(tenants, currency)} />
      {rest.map(({ key, kind, label, amount }) => (
        <BillRow key={key} label={`${KIND_LABEL[kind]}: ${label}`} amount={formatAmount(amount, currency)} />
      ))}
      <BillRow label="The bill" amount={formatAmount(total, currency)} strong />
    </dl>
  );
}

function BillRow({ label, amount, strong }: { label: string; amount: string; strong?: true }) {
  return (
    <div className={cn("flex justify-between gap-6", strong && "border-t pt-1 font-semibold")}>
      <dt className="min-w-0 wrap-anywhere">{label}</dt>
      <dd className="tabular">{amount}</dd>
    </div>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
