"use client";
import Link from "next/link";
import { formatMetricValue } from "@/components/format";
import { Badge } from "@/components/ui/badge";
import type { PoolAllocation, PoolFit } from "@/lib/allocation/schemas";
import { IDLE_WORDS, METHOD_WORDS, perMillion } from "./words";

/** How the pool's bill was divided, how well that is known, and what the same tokens would cost elsewhere. */
export function AllocationFacts({ allocation }: { allocation: PoolAllocation }) {
  const { methods, fit, idleMode, bill, breakEven } = allocation;
  return (
    <dl className="grid gap-x-6 gap-y-3 text-[13px] sm:grid-cols-2 xl:grid-cols-4">
      <Fact label="Method">
        {methods.map(({ method, hours }) => (
          <span key={method} className="mr-2 inline-flex items-center gap-1.5">
            {METHOD_WORDS[method]}
            <span className="text-muted-foreground">{hours} h</span>
          </span>
        ))}
      </Fact>
      <Fact label="Weights of work">{fit ? <FitFact fit={fit} /> : "Decode 4 × prefill: no readings to fit by yet"}</Fact>
      <Fact label="Idle">
        {IDLE_WORDS[idleMode]}{" "}
        <Link href="/pricing?tab=gpu" className="underline underline-offset-2">
          terms
        </Link>
        {bill ? (
          <span className="block text-muted-foreground">{formatMetricValue(bill.idleUsd, "usd")} in this period</span>
        ) : null}
      </Fact>
      {bill ? (
        <Fact label="Effective cost per 1M tokens">
          {breakEven ? (
            <>
              <span className="font-medium tabular">{formatMetricValue(breakEven.ownPer1mUsd, "usd")}</span> here,{" "}
              {formatMetricValue(breakEven.apiPer1mUsd, "usd")} at {breakEven.apiProvider}
              <span className="block text-muted-foreground">
                {breakEvenWords(breakEven.ratio)}; even from {formatMetricValue(breakEven.breakEvenTokens, "tokens")} tokens in
                this period
              </span>
            </>
          ) : (
            <>
              <span className="font-medium tabular">{formatMetricValue(perMillion(bill.totalUsd, bill.tokens), "usd")}</span>
              <span className="block text-muted-foreground">Nobody in the price book sells this model.</span>
            </>
          )}
        </Fact>
      ) : null}
    </dl>
  );
}

const two = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const breakEvenWords = (ratio: string): string =>
  Number(ratio) < 1
    ? `${two.format(1 / Number(ratio))} × cheaper than there`
    : `${two.format(Number(ratio))} × dearer than there`;

function FitFact({ fit }: { fit: PoolFit }) {
  return (
    <>
      <code className="font-mono text-xs">
        {two.format(fit.uncached)}·uncached + {two.format(fit.cached)}·cached + {two.format(fit.decode)}·output
        {fit.kvTokenSecond > 0 ? ` + ${two.format(fit.kvTokenSecond)}·KV` : ""}
      </code>
      <span className="flex flex-wrap items-center gap-x-1.5 text-muted-foreground">
        GPU-seconds per 1M · R² {fit.r2 === null ? "—" : fit.r2.toFixed(3)}
        {fit.relativeError === null ? "" : ` · off by ${formatMetricValue(fit.relativeError, "ratio")}`} ·{" "}
        {fit.observations.toLocaleString("en")} readings
        {fit.trusted ? null : <Badge variant="warning">not trusted</Badge>}
      </span>
    </>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted-foreground">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
