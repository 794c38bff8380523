import { Badge } from "@/components/ui/badge";
import type { StatementLine } from "@/lib/statements/schemas";
import { formatAmount, KIND_LABEL } from "./words";

interface LinesTableProps {
  caption: string;
  lines: readonly StatementLine[];
  total: string;
  currency: string;
}

/** The lines of a statement as a plain table: it is printed as it stands, and every line is on the paper. */
export function LinesTable({ caption, lines, total, currency }: LinesTableProps) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-collapse text-[13px]">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b text-left text-xs text-muted-foreground">
            <th scope="col" className="py-1.5 pr-3 font-medium">
              Kind
            </th>
            <th scope="col" className="py-1.5 pr-3 font-medium">
              What for
            </th>
            <th scope="col" className="py-1.5 text-right font-medium">
              {currency}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={`${line.key}-${index}`} className="border-b align-top last:border-0">
              <td className="py-1.5 pr-3 whitespace-nowrap text-muted-foreground">{KIND_LABEL[line.kind]}</td>
              <td className="py-1.5 pr-3 wrap-anywhere">
                {line.label} {line.correction ? <Badge variant="warning">Correction</Badge> : null}
              </td>
              <td className="py-1.5 text-right tabular" title={`Exactly $${line.exactUsd}`}>
                {formatAmount(line.amount, currency)}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t-2 font-semibold">
            <th scope="row" colSpan={2} className="py-2 pr-3 text-left">
              Total
            </th>
            <td className="py-2 text-right tabular">{formatAmount(total, currency)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
