"use client";
import { CircleCheck, CircleDashed, CircleOff } from "lucide-react";
import { cellOf } from "@/components/charts";
import { formatAge } from "@/components/format";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { METRICS } from "@/lib/metrics/catalogue";
import type { NodeState } from "@/lib/fleet/schemas";
import type { NodeView } from "./prepare-pools";

export interface NodeTableProps {
  pool: string;
  /** The pool says so already: its nodes need not. */
  simulatedPool: boolean;
  nodes: readonly NodeView[];
  now: number;
  /** The reader is limited to tenants: numbers that are not split by tenant are kept away. */
  limited: boolean;
  href: (node: string) => string;
}

const NUMBERS: readonly DataColumn<NodeView>[] = [
  metric("gpu_utilization", "Utilization"),
  metric("gpu_idle_cost_usd", "Idle dollars"),
  metric("gpu_busy_hours", "Busy GPU h", true),
  metric("gpu_idle_hours", "Idle GPU h", true),
  metric("gpu_memory_use", "Memory"),
  metric("kv_cache_usage", "KV cache"),
  metric("queue_depth", "Queue"),
  metric("running_batch", "Running"),
  metric("gpu_tokens_per_second", "Tokens/s"),
  metric("gpu_tokens_per_watt", "Per watt"),
  metric("energy_kwh", "Energy", true),
  metric("carbon_kg", "Carbon", true),
  metric("preemptions", "Preemptions", true),
];

/** The nodes of a pool: what they did in the period, and whether they are still heard. */
export function NodeTable({ pool, simulatedPool, nodes, now, limited, href }: NodeTableProps) {
  const columns: DataColumn<NodeView>[] = [
    { id: "node", header: "Node", value: ({ node }) => node.id },
    {
      id: "state",
      header: "Heard",
      value: ({ node }) => node.reading?.at ?? "",
      cell: ({ node }) => <State state={node.state} at={node.reading?.at} now={now} />,
    },
    {
      id: "gpus",
      header: "GPUs",
      value: ({ node }) => `${node.gpuCount} × ${node.gpuType ?? "unknown GPU"}`,
      cell: ({ node }) => (
        <span className="inline-flex items-center gap-1.5">
          {node.gpuCount} × {node.gpuType ?? "unknown GPU"}
          {node.simulated && !simulatedPool ? <Badge variant="outline">simulated</Badge> : null}
        </span>
      ),
    },
    ...(limited ? [] : NUMBERS),
    { id: "region", header: "Region", value: ({ node }) => node.region, hidden: true },
    { id: "commitment", header: "Commitment", value: ({ node }) => node.commitment, hidden: true },
  ];
  return (
    <DataTable
      caption={`Nodes of ${pool}`}
      rows={nodes}
      columns={columns}
      rowId={({ node }) => node.id}
      rowHref={({ node }) => href(node.id)}
      csv={`nodes-of-${pool}`}
      toolbar={<h3 className="text-[13px] font-medium">Nodes</h3>}
      empty="No node yet. A node appears with its first sample (POST /api/v1/samples)."
    />
  );
}

function metric(id: string, header: string, hidden = false): DataColumn<NodeView> {
  return {
    id,
    header,
    unit: METRICS.get(id)!.unit,
    value: ({ metrics }) => cellOf(metrics, id)?.value,
    ...(hidden ? { hidden } : {}),
  };
}

const STATES: Record<NodeState, { icon: typeof CircleCheck; className: string; word: string }> = {
  live: { icon: CircleCheck, className: "text-success", word: "live" },
  stale: { icon: CircleDashed, className: "text-warning", word: "stale" },
  silent: { icon: CircleOff, className: "text-muted-foreground", word: "never" },
};

function State({ state, at, now }: { state: NodeState; at: string | undefined; now: number }) {
  const { icon: Icon, className } = STATES[state];
  return (
    <span className={`inline-flex items-center gap-1.5 ${className}`}>
      <Icon aria-hidden className="size-3.5" />
      {state === "stale" && at !== undefined ? `stale, ${formatAge(now - Date.parse(at))}` : STATES[state].word}
    </span>
  );
}
