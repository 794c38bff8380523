"use client";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { MouseEvent } from "react";
import { ShareBar } from "@/components/charts/share-bar";
import { formatMetricValue } from "@/components/format";
import { cn } from "@/components/ui/cn";
import { isRight, type DataColumn } from "./column";

export function TableRow<T>({
  row,
  columns,
  href,
  index,
}: {
  row: T;
  columns: readonly DataColumn<T>[];
  href?: string;
  index?: number;
}) {
  const router = useRouter();
  // For the mouse only: the keyboard has the link in the first cell.
  const open = (event: MouseEvent) => {
    if (!href || (event.target as Element).closest("a,button,input,label") || window.getSelection()?.toString()) return;
    if (event.metaKey || event.ctrlKey) window.open(href, "_blank", "noopener");
    else router.push(href);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <tr aria-rowindex={index} onClick={href ? open : undefined} className={cn("group/row", href && "cursor-pointer")}>
      {columns.map((column, at) => {
        const value = column.value(row);
        const shown = column.cell ? column.cell(row) : column.unit ? formatMetricValue(value, column.unit) : (value ?? "—");
        const link = at === 0 ? (column.href?.(row) ?? href) : column.href?.(row);
        const content = link ? (
          <Link
            href={link}
            className={cn("rounded-sm underline-offset-2 hover:underline", at === 0 && "font-medium text-accent-foreground")}
          >
            {shown}
          </Link>
        ) : (
          shown
        );
        return (
          <td
            key={column.id}
            className={cn(
              "h-9 border-b px-3 py-1.5 whitespace-nowrap group-last/row:border-b-0 group-hover/row:bg-muted",
              isRight(column) && "text-right tabular",
              at === 0 && "sticky left-0 z-10 max-w-[min(22rem,55vw)] truncate bg-card",
            )}
          >
            {column.share ? (
              <span className="flex items-center justify-end gap-3">
                {content}
                <ShareBar share={column.share(row)} />
              </span>
            ) : (
              content
            )}
          </td>
        );
      })}
    </tr>
  );
}
