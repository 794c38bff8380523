import { cn } from "@/components/ui/cn";
import { Decimal } from "@/lib/money";
import type { ExplainedLine } from "@/lib/pricing/explain";
import { exactUsd, METER_LABEL } from "./words";

/** quantity × unit price × modifiers = amount, one line a meter, to the nano-dollar. */
export function ExplainedLines({
  caption,
  lines,
  totalLabel,
}: {
  caption: string;
  lines: readonly ExplainedLine[];
  totalLabel: string;
}) {
  const total = lines.reduce((sum, line) => sum.add(line.amountUsd), new Decimal(0)).toFixed();
  return (
    <div
      // A region that scrolls must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={caption}
      className="min-w-0 overflow-x-auto rounded-md border"
    >
      <table className="w-full border-separate border-spacing-0 text-[13px]">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="text-left text-xs text-muted-foreground [&>th]:border-b [&>th]:bg-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium [&>th]:whitespace-nowrap">
            <th scope="col">Meter</th>
            <th scope="col" className="text-right!">
              Quantity
            </th>
            <th scope="col" className="text-right!">
              × Unit price
            </th>
            <th scope="col">× Modifiers</th>
            <th scope="col" className="text-right!">
              = Amount
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.meter} className="[&>td]:border-b [&>td]:px-3 [&>td]:py-2">
              <td className="font-medium whitespace-nowrap">{METER_LABEL[line.meter]}</td>
              <td className="text-right whitespace-nowrap tabular">{line.quantity.toLocaleString("en-US")}</td>
              <td className="text-right whitespace-nowrap tabular">
                {exactUsd(line.unitPriceUsd)}
                <span className="text-muted-foreground"> {line.meter === "request" ? "each" : "/ 1M"}</span>
              </td>
              <td className={cn("min-w-32", line.modifiers.length === 0 && "text-muted-foreground")}>
                {line.modifiers.length === 0
                  ? "none"
                  : line.modifiers.map(({ reason, factor }) => (factor === "1" ? reason : `${reason} × ${factor}`)).join(", ")}
              </td>
              <td className="text-right font-medium whitespace-nowrap tabular">{exactUsd(line.amountUsd)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="font-medium [&>td]:bg-muted [&>td]:px-3 [&>td]:py-2">
            <td colSpan={4}>{totalLabel}</td>
            <td className="text-right whitespace-nowrap tabular">{exactUsd(total)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
