"use client";
import Link from "next/link";
import { SideCard } from "@/components/changes/change/side-card";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { Badge } from "@/components/ui/badge";
import type { LedgerRow, MeasurementView } from "@/lib/advisor/ledger/schemas";
import { useLedger } from "./use-ledger";
import { EstimateFacts } from "./estimate-facts";
import { METHOD_LABEL, rangeOf, shareWords, STANDING_LABEL, STANDING_LOOK, STANDING_MEANS, usd } from "./words";

/** What a change was expected to save and what it saved, stretch by stretch. Nothing until the ledger knows it. */
export function SavingCard({ changeId }: { changeId: string }) {
  const query = useLedger(changeId);
  const row = query.data?.rows.find((one) => one.changeId === changeId);
  if (!row) return null;
  return (
    <SideCard title="Saving" actions={<Badge variant={STANDING_LOOK[row.standing]}>{STANDING_LABEL[row.standing]}</Badge>}>
      <EstimateFacts estimate={row.estimate} />
      <Measured row={row} />
      <Link href="/ledger" className="w-fit text-[13px] text-accent-foreground underline underline-offset-2">
        Savings ledger
      </Link>
    </SideCard>
  );
}

function Measured({ row }: { row: LedgerRow }) {
  if (row.measurements.length === 0) return <p className="text-[13px] text-muted-foreground">{STANDING_MEANS[row.standing]}</p>;
  return (
    <>
      <p className="text-[13px]">
        <span className="font-medium tabular">{usd(row.bookedUsd)}</span> booked.{" "}
        <span className="text-muted-foreground">{STANDING_MEANS[row.standing]}</span>
      </p>
      <ul aria-label="Measurements" className="divide-y rounded-md border">
        {row.measurements.toReversed().map((one) => (
          <Stretch key={one.from} one={one} />
        ))}
      </ul>
    </>
  );
}

function Stretch({ one }: { one: MeasurementView }) {
  const { timeZone } = useWorkspace();
  return (
    <li className="px-3 py-2 text-[13px]">
      <p className="text-xs text-muted-foreground">
        {formatInstant(one.from, timeZone)} – {one.final ? formatInstant(one.to, timeZone) : "now"}, {METHOD_LABEL[one.method]}
      </p>
      {one.savingUsd === null ? (
        <p className="break-words">{one.note}</p>
      ) : (
        <>
          <p>
            <span className="font-medium tabular">{usd(one.savingUsd)}</span> saved, surely between{" "}
            <span className="tabular">{rangeOf(one.lowUsd, one.highUsd)}</span>
          </p>
          <p className="text-muted-foreground">
            {shareWords(one)} of the cost; {one.treatedSuccesses.toLocaleString("en-US")} changed and{" "}
            {one.controlSuccesses.toLocaleString("en-US")} unchanged requests
            {one.owned > 0 ? `; ${one.owned.toLocaleString("en-US")} count for a later change` : ""}
          </p>
          {one.note ? <p className="text-xs text-muted-foreground">{one.note}</p> : null}
        </>
      )}
    </li>
  );
}
