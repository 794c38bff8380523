import type { ReactNode } from "react";
import { formatMetricValue } from "@/components/format";

export const ms = (value: number | null): string => formatMetricValue(value, "ms");

/** One row for each time that is measured; the first column names it. */
export function TimesTable({
  caption,
  columns,
  className,
  children,
}: {
  caption: string;
  columns: readonly string[];
  /** How wide it is at least. */
  className: string;
  children: ReactNode;
}) {
  return (
    <div className="overflow-x-auto">
      <table className={`w-full text-[13px] tabular ${className}`}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="text-xs text-muted-foreground">
            {["Time", ...columns].map((name) => (
              <th key={name} scope="col" className="pb-1 font-medium not-first:text-right first:text-left">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
