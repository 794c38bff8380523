import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { CALCULATORS } from "@/lib/advisor/calculators/catalogue";
import { GROUPS } from "@/lib/advisor/calculators/definition";

/** All calculators, by what they are about. */
export function CalculatorList() {
  return (
    <>
      <p className="max-w-3xl text-[13px] text-muted-foreground">
        Formulas from published articles, on numbers that you type or that your own telemetry fills in. Each shows its arithmetic
        as published and corrected, and says what the difference is.
      </p>
      {GROUPS.map((group) => (
        <section key={group} aria-labelledby={`calculators-${group}`} className="flex flex-col gap-2">
          <h2 id={`calculators-${group}`} className="text-sm font-semibold">
            {group}
          </h2>
          <ul className="grid gap-2 sm:grid-cols-2 xl:grid-cols-3">
            {[...CALCULATORS.values()]
              .filter((calculator) => calculator.group === group)
              .map(({ id, title, question }) => (
                <li key={id}>
                  <Link
                    href={`/advisor/calculators/${id}`}
                    className="group flex h-full flex-col gap-1 rounded-lg border bg-card p-3.5 shadow-card hover:border-primary/50 hover:bg-muted/40"
                  >
                    <span className="flex items-center justify-between gap-2 text-sm font-medium">
                      {title}
                      <ArrowRight aria-hidden className="size-4 text-muted-foreground group-hover:text-foreground" />
                    </span>
                    <span className="text-[13px] text-muted-foreground">{question}</span>
                  </Link>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}
