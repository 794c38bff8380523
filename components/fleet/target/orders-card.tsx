"use client";
import dynamic from "next/dynamic";
import { useState } from "react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import type { DesiredEntry, TargetView } from "@/lib/fleet/schemas";
import { shortHash } from "../words";
import { SectionCard } from "./section-card";

// The schemas of policies come with the first order that is opened.
const OrderContent = dynamic(() => import("./order-content").then((module) => module.OrderContent), {
  ssr: false,
  loading: () => <Skeleton className="h-24 w-full" />,
});

/** The answer holds this many at most; older orders are still there, but not shown. */
const MOST_SHOWN = 50;

export interface OrdersCardProps {
  target: TargetView;
  /** Newest first. */
  orders: readonly DesiredEntry[];
  mayRead: boolean;
  why: string;
}

/** What was ordered, by whom and why; what it holds is for those who may read it. */
export function OrdersCard({ target, orders, mayRead, why }: OrdersCardProps) {
  const { timeZone } = useWorkspace();
  return (
    <SectionCard
      title="Orders"
      description={
        orders.length === MOST_SHOWN
          ? `The ${MOST_SHOWN} newest. A rollback is a new generation with old content.`
          : "Newest first. A rollback is a new generation with old content."
      }
    >
      {orders.length === 0 ? (
        <p className="text-[13px] text-muted-foreground">
          Nothing was ordered yet. It gets its first generation when a policy that concerns it is saved.
        </p>
      ) : (
        <ol className="divide-y rounded-md border" aria-label="Orders, newest first">
          {orders.map((order, index) => (
            <li key={order.generation} className="flex min-w-0 flex-col gap-1 px-3 py-2.5 text-[13px]">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="font-semibold tabular">Generation {order.generation}</span>
                {index === 0 ? <Badge>desired</Badge> : null}
                {target.running?.generation === order.generation && target.running.hash === order.hash ? (
                  <Badge variant="success">runs</Badge>
                ) : null}
                {order.forced ? <Badge variant="warning">insisted on</Badge> : null}
                {order.leaseTtlSec === null ? null : <Badge variant="outline">lease {leaseWords(order.leaseTtlSec)}</Badge>}
                <span className="text-xs text-muted-foreground">
                  {order.createdBy}, {formatInstant(order.createdAt, timeZone)},{" "}
                  <code className="font-mono">{shortHash(order.hash)}</code>
                </span>
              </div>
              <p className="break-words">{order.reason}</p>
              {mayRead ? <Content targetId={target.id} order={order} before={orders[index + 1]} all={orders} /> : null}
            </li>
          ))}
        </ol>
      )}
      {mayRead || orders.length === 0 ? null : (
        <p className="mt-2 text-xs text-muted-foreground">What the orders hold is for leads who see every tenant. {why}</p>
      )}
    </SectionCard>
  );
}

const leaseWords = (sec: number) => (sec % 60 === 0 ? `${sec / 60} min` : `${sec} s`);

function Content({
  targetId,
  order,
  before,
  all,
}: {
  targetId: string;
  order: DesiredEntry;
  before: DesiredEntry | undefined;
  all: readonly DesiredEntry[];
}) {
  const [opened, setOpened] = useState(false);
  const same = all.find(({ generation, hash }) => generation < order.generation && hash === order.hash);
  return (
    <>
      {same && same !== before ? (
        <p className="text-xs text-muted-foreground">The same content as generation {same.generation}.</p>
      ) : null}
      <details onToggle={(event) => setOpened(event.currentTarget.open || opened)}>
        <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
          {before ? `What changed against generation ${before.generation}` : "What it holds"}
          <span className="sr-only"> of generation {order.generation}</span>
        </summary>
        {opened ? <OrderContent targetId={targetId} generation={order.generation} before={before?.generation ?? null} /> : null}
      </details>
    </>
  );
}
