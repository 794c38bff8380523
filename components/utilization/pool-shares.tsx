"use client";
import { assignColors } from "@/components/charts/color";
import { formatMetricValue } from "@/components/format";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import type { PoolAllocation } from "@/lib/allocation/schemas";
import { prepareShares, type ShareLine } from "./prepare-shares";

export interface PoolSharesProps {
  allocation: PoolAllocation;
  /** The reader is limited to tenants: lines of others are left out. */
  limited: boolean;
  href: (tenant: string) => string;
}

/** Who pays for a pool: on the basis of use and of allocation, side by side, and what nobody pays. */
export function PoolTenantShares({ allocation, limited, href }: PoolSharesProps) {
  const { lines, billUsd } = prepareShares(allocation);
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
    ...(limited
      ? []
      : [
          {
            id: "share",
            header: "Share of work",
            unit: "ratio",
            value: (line) => line.workShare,
          } satisfies DataColumn<ShareLine>,
        ]),
    { id: "busy", header: "Used (busy)", unit: "usd", value: (line) => line.busyUsd },
    { id: "idle", header: "Charged idle", unit: "usd", value: (line) => line.idleUsd },
    { id: "other", header: "Host and others", unit: "usd", value: (line) => line.otherUsd, hidden: true },
    {
      id: "usd",
      header: "Allocated",
      unit: "usd",
      value: (line) => line.usd,
      ...(billUsd === null ? {} : { total: formatMetricValue(billUsd, "usd") }),
    },
  ];
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
        <h3 className="text-[13px] font-medium">Who pays for it</h3>
        <p className="text-xs text-muted-foreground">
          Used is busy GPU time by work; allocated adds idle by the pool&apos;s mode and named lines. They add up to the bill.
        </p>
      </div>
      {limited ? (
        <p className="text-xs text-muted-foreground">You see your own tenants. Lines of other tenants are left out.</p>
      ) : (
        <StackedBar lines={lines} colors={colors} />
      )}
      <DataTable
        caption={`Tenants' share of ${allocation.pool}`}
        rows={lines}
        columns={columns}
        rowId={(line) => line.id}
        rowHref={(line) => (line.kind === "tenant" && line.label !== "(not set)" ? href(line.label) : undefined)}
        csv={`shares-of-${allocation.pool}`}
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
  if (line.kind === "residual") return "var(--chart-other)";
  return assignColors(lines.filter(({ kind }) => kind === "tenant").map(({ label }) => label))[index]!;
}
