"use client";
import { formatMetricValue } from "@/components/format";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import type { Layer, Rate } from "./prepare-layers";

/** One line per layer: what it does, its rate by the definition that exists for it, and its money. */
export function LayerTable({ layers, href }: { layers: readonly Layer[]; href: (layer: Layer["id"]) => string }) {
  const columns: DataColumn<Layer>[] = [
    {
      id: "layer",
      header: "Layer",
      value: (layer) => layer.label,
      cell: (layer) => (
        <>
          {layer.label}
          <span className="ml-2 font-normal text-muted-foreground max-lg:hidden">{layer.what}</span>
        </>
      ),
    },
    {
      id: "requests",
      header: "Hit rate (requests)",
      unit: "ratio",
      value: (layer) => layer.requests?.rate,
      cell: (layer) => (
        <>
          <RateText rate={layer.requests} unit="count" missing="no lookups" instead="counted in tokens" />
          <FalseHits rate={layer.falseHits} />
        </>
      ),
    },
    {
      id: "tokens",
      header: "Hit rate (tokens)",
      unit: "ratio",
      value: (layer) => layer.tokens?.rate,
      cell: (layer) => <RateText rate={layer.tokens} unit="tokens" missing="no tokens" instead="counted in requests" />,
    },
    {
      id: "saved",
      header: "Saved",
      unit: "usd",
      value: (layer) => layer.savedUsd,
      share: (layer) => layer.savedShare,
    },
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

interface RateTextProps {
  rate: Rate | undefined;
  unit: string;
  /** Said when there was nothing to divide by. */
  missing: string;
  /** Said when this definition does not exist for the layer. */
  instead: string;
}

function RateText({ rate, unit, missing, instead }: RateTextProps) {
  if (!rate) return <span className="text-xs text-muted-foreground">{instead}</span>;
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

/** A cache that answers by meaning can be wrong: how often a check found it so. Nothing to say before the first check. */
function FalseHits({ rate }: { rate: Rate | undefined }) {
  if (!rate || rate.noLookups) return null;
  return (
    <span className="block text-xs text-muted-foreground">
      {formatMetricValue(rate.rate, "ratio")} false of {formatMetricValue(rate.of, "count", { compact: true })} checked
    </span>
  );
}
