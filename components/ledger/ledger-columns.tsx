"use client";
import { formatInstant } from "@/components/format";
import type { DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import type { LedgerRow } from "@/lib/advisor/ledger/schemas";
import { estimateWords, METHOD_LABEL, rangeOf, shareWords, STANDING_LABEL, STANDING_LOOK, STANDING_MEANS, usd } from "./words";

const number = (text: string | null) => (text === null ? null : Number(text));

export function ledgerColumns(timeZone: string, totals: { bookedUsd: string; savingUsd: string }): DataColumn<LedgerRow>[] {
  return [
    {
      id: "change",
      header: "Change",
      value: (row) => row.number,
      cell: (row) => (
        <span className="flex max-w-md min-w-40 items-baseline gap-1.5 text-left whitespace-normal">
          <span className="text-muted-foreground tabular">#{row.number}</span>
          <span className="min-w-0 font-medium break-words">{row.title}</span>
        </span>
      ),
      total: "Total",
    },
    {
      id: "standing",
      header: "Standing",
      value: (row) => STANDING_LABEL[row.standing],
      cell: (row) => (
        <Badge variant={STANDING_LOOK[row.standing]} title={STANDING_MEANS[row.standing]}>
          {STANDING_LABEL[row.standing]}
        </Badge>
      ),
    },
    {
      id: "finding",
      header: "Came from",
      value: (row) => (row.findingId === null ? null : "a finding"),
      cell: (row) => (row.findingId === null ? "—" : "The finding"),
      href: (row) => (row.findingId === null ? undefined : `/advisor?id=${row.findingId}`),
    },
    {
      id: "booked",
      header: "Booked",
      unit: "usd",
      value: (row) => number(row.bookedUsd),
      cell: (row) => <span className="font-medium">{usd(row.bookedUsd)}</span>,
      total: usd(totals.bookedUsd),
    },
    {
      id: "saving",
      header: "Measured",
      unit: "usd",
      value: (row) => number(row.savingUsd),
      cell: (row) => usd(row.savingUsd),
      total: usd(totals.savingUsd),
    },
    {
      id: "interval",
      header: "95 % interval",
      align: "right",
      value: (row) => number(row.lowUsd),
      cell: (row) => <span className="tabular">{rangeOf(row.lowUsd, row.highUsd)}</span>,
    },
    {
      id: "share",
      header: "Of the cost, newest",
      align: "right",
      value: (row) => row.newest?.share ?? null,
      cell: (row) => <span className="block w-32 whitespace-normal tabular">{row.newest ? shareWords(row.newest) : "—"}</span>,
    },
    {
      id: "method",
      header: "Method, newest",
      value: (row) => (row.newest ? METHOD_LABEL[row.newest.method] : null),
      cell: (row) => <span className="block w-36 whitespace-normal">{row.newest ? METHOD_LABEL[row.newest.method] : "—"}</span>,
    },
    {
      id: "estimate",
      header: "Estimated in 30 days",
      align: "right",
      value: (row) => number(row.estimate.highUsd),
      cell: (row) => (
        <span className="tabular" title={row.estimate.basis}>
          {estimateWords(row.estimate)}
        </span>
      ),
    },
    {
      id: "started",
      header: "Rollout began",
      value: (row) => row.startedAt,
      cell: (row) => (row.startedAt ? formatInstant(row.startedAt, timeZone) : "—"),
    },
    {
      id: "prices",
      header: "Prices frozen",
      hidden: true,
      value: (row) => row.estimate.pricesAt,
      cell: (row) => formatInstant(row.estimate.pricesAt, timeZone),
    },
  ];
}
