"use client";
import { formatMetricValue } from "@/components/format";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { DIFFERENCE_KINDS, type ReconciledRow, type Reconciliation } from "@/lib/invoices/schemas";
import { MATCH_LABEL, MATCH_VARIANT, PART_LABEL } from "./words";

const usd = (value: string) => formatMetricValue(value, "usd");
const money = (id: "billedUsd" | "calculatedUsd" | "differenceUsd", header: string): DataColumn<ReconciledRow> => ({
  id,
  header,
  value: (row) => Number(row[id]),
  align: "right",
  cell: (row) => (
    <span className="tabular" title={`$${row[id]}`}>
      {usd(row[id])}
    </span>
  ),
});

const COLUMNS: DataColumn<ReconciledRow>[] = [
  {
    id: "what",
    header: "What",
    value: (row) => (row.model ? [row.model, row.meter].filter(Boolean).join(", ") : row.description),
  },
  {
    id: "match",
    header: "Matched",
    value: (row) => MATCH_LABEL[row.matchedBy],
    cell: (row) =>
      row.category === "credit" || row.category === "tax" ? (
        <Badge variant="outline">{row.category}</Badge>
      ) : (
        <Badge variant={MATCH_VARIANT[row.matchedBy]}>{MATCH_LABEL[row.matchedBy]}</Badge>
      ),
  },
  money("billedUsd", "Billed"),
  money("calculatedUsd", "Calculated"),
  money("differenceUsd", "Difference"),
  {
    id: "why",
    header: "Because of",
    value: (row) => DIFFERENCE_KINDS.filter((kind) => row.parts[kind]).join(", "),
    cell: (row) => (
      <span className="flex flex-wrap gap-x-3 gap-y-0.5">
        {DIFFERENCE_KINDS.flatMap((kind) =>
          row.parts[kind] ? (
            <span key={kind} className="whitespace-nowrap">
              {PART_LABEL[kind]} <span className="tabular">{usd(row.parts[kind])}</span>
            </span>
          ) : (
            []
          ),
        )}
      </span>
    ),
  },
  { id: "billedQuantity", header: "Billed units", value: (row) => row.billedQuantity, unit: "count" },
  { id: "calculatedQuantity", header: "Calculated units", value: (row) => row.calculatedQuantity, unit: "count" },
  { id: "lines", header: "Lines", value: (row) => row.lines.join(", "), hidden: true },
];

/** Billed less calculated, row by row, and why. */
export function ReconciliationCard({ month, provider }: { month: string; provider: string }) {
  const query = useApi<Reconciliation>(`/api/v1/invoices/reconciliation?${new URLSearchParams({ month, provider }).toString()}`);
  return (
    <QueryCard
      title={`Reconciliation with ${provider}`}
      description="Unmatched lines are billed and not calculated; those not billed are calculated and on no invoice. Nothing is left out."
      query={query}
      height={300}
      isEmpty={({ rows, invoices }) => rows.length === 0 || invoices.length === 0}
      empty={{ title: `No invoice of ${provider} for this month`, why: "Upload one above to see what differs, and why." }}
    >
      {(known) => (
        <div className="flex flex-col gap-3">
          <dl className="grid max-w-3xl grid-cols-2 gap-x-6 gap-y-1 text-[13px] sm:grid-cols-3">
            <Sum label="Billed" value={known.billedUsd} />
            <Sum label="Calculated" value={known.calculatedUsd} />
            {DIFFERENCE_KINDS.filter((kind) => known.parts[kind] !== "0").map((kind) => (
              <Sum key={kind} label={PART_LABEL[kind]} value={known.parts[kind]} />
            ))}
          </dl>
          {known.rates.some(({ currency }) => currency !== "USD") ? (
            <p className="text-[13px] text-muted-foreground">
              In US dollars:{" "}
              {known.rates.map(({ currency, rate, day }) => `$1 is ${rate} ${currency} (${day ?? "fixed"})`).join("; ")}.
            </p>
          ) : null}
          <DataTable
            caption={`Reconciliation with ${provider}`}
            rows={known.rows}
            columns={COLUMNS}
            rowId={(row) => row.key}
            csv={`reconciliation-${provider}-${month}`}
          />
        </div>
      )}
    </QueryCard>
  );
}

function Sum({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex justify-between gap-4 border-b py-1">
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="font-medium tabular" title={`$${value}`}>
        {usd(value)}
      </dd>
    </div>
  );
}
