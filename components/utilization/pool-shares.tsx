"use client";
import { assignColors } from "@/components/charts/color";
import { formatMetricValue } from "@/components/format";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import type { PoolShare, PoolShares } from "@/lib/fleet/schemas";
import { prepareShares, type ShareLine } from "./prepare-pools";

export interface PoolSharesProps {
  share: PoolShare;
  weights: PoolShares["weights"];
  /** The reader is limited to tenants: lines of others are left out. */
  limited: boolean;
  href: (tenant: string) => string;
}

/** Whose work the busy dollars of a pool were, and the idle ones on a line of their own. */
export function PoolTenantShares({ share, weights, limited, href }: PoolSharesProps) {
  const { lines, billUsd } = prepareShares(share);
  const colors = new Map(lines.map((line, i) => [line.id, colorOf(line, lines, i)]));
  const columns: DataColumn<ShareLine>[] = [
    {
      id: "tenant",
      header: "Tenant",
      value: (line) => line.label,
      cell: (line) => (
        <span className="inline-flex items-center gap-2">
          <span
            aria-hidden
            className="size-2.5 rounded-[3px] border border-foreground/10"
            style={{ background: colors.get(line.id) }}
          />
          {line.label}
        </span>
      ),
    },
    { id: "uncached", header: "Uncached tokens", unit: "tokens", value: (line) => line.uncachedTokens },
    { id: "cached", header: "Cached tokens", unit: "tokens", value: (line) => line.cachedTokens },
    { id: "decode", header: "Output tokens", unit: "tokens", value: (line) => line.decodeTokens },
    { id: "work", header: "Work W", unit: "tokens", value: (line) => line.work },
    { id: "share", header: "Share of work", unit: "ratio", value: (line) => line.workShare },
    {
      id: "usd",
      header: "Dollars",
      unit: "usd",
      value: (line) => line.usd,
      ...(billUsd === null ? {} : { total: formatMetricValue(billUsd, "usd") }),
    },
  ];
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
        <h3 className="text-[13px] font-medium">Who used it</h3>
        <p className="text-xs text-muted-foreground">
          <code className="font-mono">
            W = {weights.uncached}·uncached + {weights.cached}·cached + {weights.decode}·output
          </code>{" "}
          — busy dollars are split by W and add up exactly; idle is nobody&apos;s share.
        </p>
      </div>
      {limited ? (
        <p className="text-xs text-muted-foreground">
          You see your own tenants. Lines of other tenants are left out; your share is of the whole pool.
        </p>
      ) : (
        <StackedBar lines={lines} colors={colors} />
      )}
      <DataTable
        caption={`Tenants' share of ${share.pool}`}
        rows={lines}
        columns={columns}
        rowId={(line) => line.id}
        rowHref={(line) => (line.kind === "tenant" && line.label !== "(not set)" ? href(line.label) : undefined)}
        csv={`shares-of-${share.pool}`}
      />
    </div>
  );
}

/** The whole bill as one bar. The table below says the same in numbers. */
function StackedBar({ lines, colors }: { lines: readonly ShareLine[]; colors: ReadonlyMap<string, string> }) {
  return (
    <div aria-hidden className="flex h-3 w-full gap-px overflow-hidden rounded-full bg-secondary">
      {lines.map((line) =>
        line.billShare ? (
          <span
            key={line.id}
            title={`${line.label} ${formatMetricValue(line.billShare, "ratio")}`}
            className="h-full min-w-px"
            style={{ width: `${line.billShare * 100}%`, background: colors.get(line.id) }}
          />
        ) : null,
      )}
    </div>
  );
}

// Idle is hatched, so that it is told from a tenant without its colour.
const IDLE = "repeating-linear-gradient(135deg, var(--border-strong) 0 4px, var(--secondary) 4px 8px)";

function colorOf(line: ShareLine, lines: readonly ShareLine[], index: number): string {
  if (line.kind === "idle") return IDLE;
  if (line.kind === "unallocated") return "var(--chart-other)";
  return assignColors(lines.filter(({ kind }) => kind === "tenant").map(({ label }) => label))[index]!;
}
