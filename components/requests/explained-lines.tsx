import { cn } from "@/components/ui/cn";
import { Decimal } from "@/lib/money";
import type { ExplainedLine } from "@/lib/pricing/explain";
import { ScrollingTable } from "./scrolling-table";
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
    <ScrollingTable
      caption={caption}
      head={
        <>
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
        </>
      }
    >
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
    </ScrollingTable>
  );
}
