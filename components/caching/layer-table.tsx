"use client";
import { formatMetricValue } from "@/components/format";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import type { Layer, Rate } from "./prepare-layers";

/** One line per layer: what it does, its rate by the definition that exists for it, and its money. */
export function LayerTable({ layers, href }: { layers: readonly Layer[]; href: (layer: Layer["id"]) => string }) {
  const columns: DataColumn<Layer>[] = [
    { id: "layer", header: "Layer", value: (layer) => layer.label },
    {
      id: "requests",
      header: "Hit rate (requests)",
      unit: "ratio",
      value: (layer) => layer.requests?.rate,
      cell: (layer) => <RateText rate={layer.requests} unit="count" missing="no lookups" />,
    },
    {
      id: "tokens",
      header: "Hit rate (tokens)",
      unit: "ratio",
      value: (layer) => layer.tokens?.rate,
      cell: (layer) => <RateText rate={layer.tokens} unit="tokens" missing="no tokens" />,
    },
    {
      id: "saved",
      header: "Saved",
      unit: "usd",
      value: (layer) => layer.savedUsd,
      share: (layer) => layer.savedShare,
    },
    { id: "what", header: "What a hit means", value: (layer) => layer.what },
  ];
  return (
    <DataTable
      caption="Cache layers"
      rows={layers}
      columns={columns}
      rowId={(layer) => layer.id}
      rowHref={(layer) => href(layer.id)}
    />
  );
}

function RateText({ rate, unit, missing }: { rate: Rate | undefined; unit: string; missing: string }) {
  if (!rate) return <span className="text-muted-foreground">not counted so</span>;
  if (rate.noLookups) return <span className="text-muted-foreground">{missing}</span>;
  return (
    <>
      {formatMetricValue(rate.rate, "ratio")}{" "}
      <span className="text-xs text-muted-foreground">
        {formatMetricValue(rate.hits, unit, { compact: true })} of {formatMetricValue(rate.of, unit, { compact: true })}
      </span>
    </>
  );
}
