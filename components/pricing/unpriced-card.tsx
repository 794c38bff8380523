"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import Link from "next/link";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { UnpricedModel } from "@/lib/pricing/manage/schemas";
import { wordPrices, type PriceDraft } from "./words";

interface UnpricedCardProps {
  query: UseQueryResult<{ items: UnpricedModel[]; days: number }, Error>;
  /** Absent for those who may only look. */
  onPrice: ((draft: PriceDraft) => void) | undefined;
}

const draftOf = (row: UnpricedModel): PriceDraft => ({
  book: "workspace",
  tenantId: "",
  provider: row.ownGpus ? "self-hosted" : row.provider,
  model: row.model,
  prices: row.suggestion?.prices ?? {},
  note: row.suggestion ? `As the list price of ${row.suggestion.from}` : "",
});

/** Models in use that no price meets: their requests are counted, and their cost is missing from every total. */
export function UnpricedCard({ query, onPrice }: UnpricedCardProps) {
  const { timeZone } = useWorkspace();
  const columns: DataColumn<UnpricedModel>[] = [
    {
      id: "model",
      header: "Model",
      value: (row) => row.model,
      href: (row) => `/requests?modelServed=${encodeURIComponent(row.model)}&range=30d`,
    },
    {
      id: "provider",
      header: "Provider",
      value: (row) => row.provider,
      cell: (row) => (
        <span className="flex items-center gap-1.5">
          {row.provider} {row.ownGpus ? <Badge variant="secondary">own GPUs</Badge> : null}
        </span>
      ),
    },
    { id: "requests", header: "Requests without a price", value: (row) => row.requests, unit: "count" },
    { id: "tokens", header: "Tokens", value: (row) => Number(row.tokens), unit: "tokens" },
    { id: "tenants", header: "Tenants", value: (row) => row.tenants, unit: "count" },
    { id: "lastSeen", header: "Last seen", value: (row) => row.lastSeen, cell: (row) => formatInstant(row.lastSeen, timeZone) },
    {
      id: "suggestion",
      header: "List price of the same model",
      value: (row) => row.suggestion?.from ?? null,
      cell: (row) =>
        row.suggestion ? (
          <span className="block max-w-72 truncate" title={wordPrices({ state: "priced", prices: row.suggestion.prices })}>
            {row.suggestion.from}: {wordPrices({ state: "priced", prices: row.suggestion.prices })}
          </span>
        ) : (
          "—"
        ),
    },
    ...(onPrice
      ? [
          {
            id: "actions",
            header: "Actions",
            align: "right" as const,
            value: () => null,
            cell: (row: UnpricedModel) =>
              // What was stored before has no price yet; another rule for the same model would be in its way.
              row.pricedBy === null ? (
                <Button size="sm" aria-label={`Price ${row.model}`} onClick={() => onPrice(draftOf(row))}>
                  Price it
                </Button>
              ) : (
                <Link href="/pricing?tab=repricing" className="text-accent-foreground underline-offset-2 hover:underline">
                  Rule {row.pricedBy} prices it: reprice
                </Link>
              ),
          },
        ]
      : []),
  ];
  return (
    <QueryCard
      title="Models without a price"
      description="Used in the last 30 days. Their cost is not counted as zero: it is missing, and shown as missing."
      query={query}
      isEmpty={({ items }) => items.length === 0}
      empty={{
        title: "Every model in use has a price",
        why: "A model that no price meets appears here within a minute of its first request.",
        action: { label: "Test a match", href: "/pricing?tab=match" },
      }}
    >
      {({ items }) => (
        <DataTable
          caption="Unpriced models"
          rows={items}
          columns={columns}
          rowId={(row) => `${row.provider} ${row.model} ${row.ownGpus}`}
          csv="unpriced-models"
        />
      )}
    </QueryCard>
  );
}
