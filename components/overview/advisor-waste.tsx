"use client";
import Link from "next/link";
import { useApi } from "@/components/query";
import type { LeverId } from "@/lib/advisor/findings/levers";
import type { FindingList } from "@/lib/advisor/findings/schemas";
import { formatUsd } from "@/lib/money/format";

/** Waste that no counter shows, because each call of it succeeded: what the advisor found. */
const KINDS: readonly { lever: LeverId; label: string }[] = [
  { lever: "right_size", label: "Oversized model" },
  { lever: "exact_cache", label: "Repeated questions" },
  { lever: "prompt_caching", label: "Uncached prefix" },
];

export function AdvisorWaste() {
  const { data } = useApi<FindingList>("/api/v1/advisor/findings", { refreshMs: 300_000 });
  const found = KINDS.flatMap(({ lever, label }) => {
    const items = data?.items.filter((item) => item.lever === lever) ?? [];
    return items.length === 0 ? [] : [{ lever, label, usd: items.reduce((sum, item) => sum + Number(item.addsHighUsd), 0) }];
  });
  if (found.length === 0) return null;
  return (
    <p className="px-2 text-xs text-muted-foreground tabular">
      Seen by the advisor, in 30 days:{" "}
      {found.map(({ lever, label, usd }, index) => (
        <span key={lever}>
          {index > 0 ? ", " : ""}
          <Link
            className="font-medium text-accent-foreground underline-offset-2 hover:underline"
            href={`/advisor?lever=${lever}`}
          >
            {label}
          </Link>{" "}
          up to {formatUsd(usd)}
        </span>
      ))}
      .
    </p>
  );
}
