/** How exports are worded. Pure. */
import type { ExportStatus, ExportView } from "@/lib/exports/schemas";

export const STATUS_VARIANT: Record<ExportStatus, "outline" | "warning" | "success" | "destructive" | "secondary"> = {
  queued: "outline",
  running: "warning",
  done: "success",
  failed: "destructive",
  cancelled: "secondary",
  expired: "secondary",
};

export const isOpen = ({ status }: ExportView): boolean => status === "queued" || status === "running";

/** What a file holds, in words. */
export function whatOf({ params }: ExportView): string {
  const format = params.format === "csv" ? "CSV" : "Parquet";
  switch (params.kind) {
    case "focus":
      return `FOCUS ${params.version} of ${params.month}, ${format}`;
    case "metrics":
      return `${params.query.metrics.join(", ")}${params.query.groupBy.length > 0 ? ` by ${params.query.groupBy.join(", ")}` : ""}, ${format}`;
    case "requests":
      return `Requests, ${format}`;
  }
}
