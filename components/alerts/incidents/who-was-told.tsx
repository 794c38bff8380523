"use client";
import Link from "next/link";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { CAUSE_LABEL as WHY_LABEL, STATUS_LABEL, STATUS_VARIANT } from "@/components/notifications/words";
import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import type { ToldView } from "@/lib/notifications/delivery/schemas";
import { TOLD_LABEL } from "../words";

/** Each notification of the incident, and what became of it: which channel had it when, or why none. */
export function WhoWasTold({ told }: { told: readonly ToldView[] }) {
  const { timeZone } = useWorkspace();
  return (
    <Card role="region" aria-label="Who was told">
      <CardHeader>
        <CardTitle>Who was told</CardTitle>
      </CardHeader>
      <CardContent className="text-[13px]">
        {told.length === 0 ? <p className="text-muted-foreground">Nobody yet: it is told within seconds.</p> : null}
        <ol className="flex flex-col gap-3">
          {told.map((one) => (
            <li key={one.id} className="border-l-2 pl-3">
              <p className="font-medium">{TOLD_LABEL[one.kind] ?? one.kind}</p>
              <p className="text-xs text-muted-foreground tabular">{formatInstant(one.at, timeZone, { seconds: true })}</p>
              <Deliveries told={one} />
              {one.held.map(({ waiting, reason }, at) => (
                <p key={at} className="mt-0.5 break-words text-muted-foreground">
                  {waiting ? "Waits" : "Not told"}: {reason ?? "for others of its group."}
                </p>
              ))}
              {one.deliveries.length + one.held.length === 0 ? <p className="text-muted-foreground">In the inbox.</p> : null}
            </li>
          ))}
        </ol>
      </CardContent>
    </Card>
  );
}

function Deliveries({ told: { deliveries } }: { told: ToldView }) {
  const { user } = useWorkspace();
  if (deliveries.length === 0) return null;
  return (
    <ul className="mt-1 flex flex-col gap-1">
      {deliveries.map(({ id, channel, cause, status, attempts }) => (
        <li key={id} className="flex flex-wrap items-center gap-1.5">
          {user.role === "admin" ? (
            <Link className="min-w-0 break-words underline underline-offset-2" href={`/alerts/deliveries?delivery=${id}`}>
              {channel}
            </Link>
          ) : (
            <span className="min-w-0 break-words">{channel}</span>
          )}
          <Badge variant={STATUS_VARIANT[status]}>{STATUS_LABEL[status]}</Badge>
          <span className="text-xs text-muted-foreground">
            {cause === "route" ? "" : (WHY_LABEL[cause] ?? cause)}
            {attempts > 1 ? ` ${attempts} attempts` : ""}
          </span>
        </li>
      ))}
    </ul>
  );
}
