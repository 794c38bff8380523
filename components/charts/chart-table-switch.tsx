import { LineChart as LineIcon, Table2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";

/** Every chart has a table of the same numbers; this shows the other one. */
export function ChartTableSwitch({
  name,
  asTable,
  onChange,
  word = "always",
  className,
}: {
  /** The accessible name of the chart. */
  name: string;
  asTable: boolean;
  onChange: (asTable: boolean) => void;
  /** Whether the word stands beside the sign. */
  word?: "always" | "wide" | "never";
  className?: string;
}) {
  return (
    <Button
      variant="ghost"
      size="sm"
      className={cn("h-7 shrink-0 px-1.5 text-xs font-normal text-muted-foreground", className)}
      aria-pressed={asTable}
      aria-label={`View ${name} as ${asTable ? "chart" : "table"}`}
      onClick={() => onChange(!asTable)}
      data-print="hidden"
    >
      {asTable ? <LineIcon aria-hidden className="size-3.5" /> : <Table2 aria-hidden className="size-3.5" />}
      {word === "never" ? null : (
        <span className={word === "wide" ? "max-sm:hidden" : undefined}>{asTable ? "Chart" : "Table"}</span>
      )}
    </Button>
  );
}
