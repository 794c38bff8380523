"use client";
import { lazy, Suspense, type ReactNode } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import type { DataTableProps } from "./column";

export type { DataColumn } from "./column";

const load = () => import("./data-table-view");
// It travels beside the numbers that it will show, instead of before the page.
if (typeof window !== "undefined") void load().catch(() => undefined);

const View = lazy(() => load().then((module) => ({ default: module.DataTableView }))) as unknown as <T extends object>(
  props: DataTableProps<T>,
) => ReactNode;

/** A real table: sort, choose columns, pinned first column, totals, links, CSV; virtual above 200 rows. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  return (
    <Suspense fallback={<Skeleton style={{ height: 40 + 37 * Math.min(props.rows.length, 14) }} />}>
      <View {...props} />
    </Suspense>
  );
}
