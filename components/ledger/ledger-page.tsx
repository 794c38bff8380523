"use client";
import { PiggyBank, X } from "lucide-react";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo } from "react";
import { ChoiceChip } from "@/components/filters/choice-chip";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { QueryCard } from "@/components/states";
import { DataTable } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import type { LedgerView } from "@/lib/advisor/ledger/schemas";
import { ledgerColumns } from "./ledger-columns";
import { LEDGER_PATH, useLedger } from "./use-ledger";
import { rangeOf, STANDING_LABEL, usd } from "./words";

const STANDINGS = ["saving", "unproven", "loss", "evaporated", "waiting"] as const;

/** What changes were expected to save, what they surely saved, and whether it lasts. */
export function LedgerPage() {
  const { timeZone, user } = useWorkspace();
  const query = useLedger();
  const [standing, setStanding] = useQueryState("standing", parseAsStringLiteral(STANDINGS).withOptions({ history: "push" }));
  const all = query.data?.rows ?? [];
  return (
    <Page
      title="Savings ledger"
      description="Booked is what was surely saved: the lower bound of the 95 % interval, at the prices of the draft. A price cut saves nothing here."
      filterBar={
        all.length > 0 ? (
          <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Filters" data-print="hidden">
            {STANDINGS.map((one) => (
              <ChoiceChip
                key={one}
                pressed={standing === one}
                count={all.filter((row) => row.standing === one).length}
                onClick={() => void setStanding(standing === one ? null : one)}
              >
                {STANDING_LABEL[one]}
              </ChoiceChip>
            ))}
            {standing ? (
              <Button size="sm" variant="ghost" onClick={() => void setStanding(null)}>
                <X aria-hidden /> Clear
              </Button>
            ) : null}
          </div>
        ) : undefined
      }
    >
      <QueryCard
        title="Savings by change"
        query={query}
        height={240}
        isEmpty={(data) => data.rows.length === 0}
        empty={{
          icon: <PiggyBank />,
          title: "No change has been drafted yet",
          why: "Every change is estimated when it is drafted and measured while it is rolled out. What it surely saved is booked here.",
          action:
            user.role === "viewer"
              ? { label: "To the changes", href: "/changes" }
              : { label: "Choose a template", href: "/changes/new" },
        }}
      >
        {(data) => (
          <div className="flex flex-col gap-4">
            <Totals data={data} />
            <Rows data={data} standing={standing} timeZone={timeZone} onAll={() => void setStanding(null)} />
          </div>
        )}
      </QueryCard>
    </Page>
  );
}

function Totals({ data: { totals, rows } }: { data: LedgerView }) {
  const figures = [
    ["Booked so far", usd(totals.bookedUsd), "Lower bounds, certain losses subtracted"],
    ["Measured so far", usd(totals.savingUsd), "The likeliest value of the same"],
    [
      "Estimated, all changes in 30 days",
      rangeOf(totals.estimatedLowUsd, totals.estimatedHighUsd),
      "Drafts and rejected ones included",
    ],
    [
      "Evaporated",
      String(rows.filter(({ standing }) => standing === "evaporated").length),
      "Changes that save less than half of what they did",
    ],
  ] as const;
  return (
    <dl className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {figures.map(([name, value, means]) => (
        <div key={name} className="rounded-md border px-3 py-2">
          <dt className="text-xs text-muted-foreground">{name}</dt>
          <dd className="text-lg font-semibold tabular">{value}</dd>
          <dd className="text-xs text-muted-foreground">{means}</dd>
        </div>
      ))}
    </dl>
  );
}

function Rows({
  data,
  standing,
  timeZone,
  onAll,
}: {
  data: LedgerView;
  standing: (typeof STANDINGS)[number] | null;
  timeZone: string;
  onAll: () => void;
}) {
  const rows = data.rows.filter((row) => standing === null || row.standing === standing);
  const columns = useMemo(() => {
    const kept = data.rows.filter((row) => standing === null || row.standing === standing);
    const sum = (of: (row: (typeof kept)[number]) => string | null) =>
      String(kept.reduce((total, row) => total + Number(of(row) ?? 0), 0));
    return ledgerColumns(timeZone, { bookedUsd: sum((row) => row.bookedUsd), savingUsd: sum((row) => row.savingUsd) });
  }, [data, standing, timeZone]);
  return (
    <DataTable
      caption="Savings of changes"
      rows={rows}
      columns={columns}
      rowId={(row) => row.changeId}
      rowHref={(row) => `/changes/${row.changeId}`}
      defaultSort={{ id: "change", desc: true }}
      csv={{ href: `${LEDGER_PATH}/export` }}
      toolbar={
        <p className="text-[13px] text-muted-foreground" role="status">
          {rows.length.toLocaleString("en-US")} {rows.length === 1 ? "change" : "changes"}
        </p>
      }
      empty={
        <span className="inline-flex flex-wrap items-center justify-center gap-2">
          No change stands so.
          <Button size="sm" variant="outline" onClick={onAll}>
            Show all
          </Button>
        </span>
      }
    />
  );
}
