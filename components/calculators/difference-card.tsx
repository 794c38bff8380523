import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { Calculation } from "@/lib/advisor/calculators/calculate";
import type { Calculator, Unit } from "@/lib/advisor/calculators/definition";
import { formatExact, formatLine } from "./format";

/** Where "as published" and "corrected" part, in numbers and in words. */
export function DifferenceCard({ calculator, calculation }: { calculator: Calculator; calculation: Calculation | null }) {
  const differences = calculation?.differences ?? [];
  return (
    <Card role="region" aria-label="As published against corrected">
      <CardHeader>
        <CardTitle>As published against corrected</CardTitle>
        <CardDescription>
          {!calculator.published
            ? "Both modes are one formula."
            : differences.length === 0
              ? "For these numbers both modes agree."
              : `For these numbers ${differences.length === 1 ? "one result differs" : `${differences.length} results differ`}.`}
        </CardDescription>
      </CardHeader>
      <CardContent className="flex flex-col gap-3">
        {differences.length > 0 ? (
          <table className="w-full text-[13px] tabular">
            <caption className="sr-only">Results that differ</caption>
            <thead>
              <tr className="text-xs text-muted-foreground">
                <th scope="col" className="pb-1 text-left font-medium">
                  Result
                </th>
                <th scope="col" className="pb-1 text-right font-medium">
                  As published
                </th>
                <th scope="col" className="pb-1 text-right font-medium">
                  Corrected
                </th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ label, published, corrected, unit }) => (
                <tr key={label} className="border-t">
                  <th scope="row" className="py-1.5 pr-3 text-left font-normal">
                    {label}
                  </th>
                  {[published, corrected].map((value, index) => (
                    <td
                      key={index === 0 ? "published" : "corrected"}
                      className="py-1.5 pl-3 text-right"
                      title={value ?? "no such number"}
                    >
                      {unit === "verdict" ? (value ?? "—") : pairOf(published, corrected, unit)(value, unit)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        <ul className="flex list-disc flex-col gap-1 pl-4 text-[13px] text-muted-foreground">
          {calculator.corrections.map((correction) => (
            <li key={correction}>{correction}</li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

/** As many digits as it takes to see that they differ. */
const pairOf = (published: string | null, corrected: string | null, unit: Unit) =>
  formatLine(published, unit) === formatLine(corrected, unit) ? formatExact : formatLine;
