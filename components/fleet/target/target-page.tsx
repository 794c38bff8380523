"use client";
import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { Page } from "@/components/layout/page";
import { ApiError } from "@/components/query";
import { EmptyState, ErrorState, StaleAge, useLastError } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { TargetDetails } from "@/lib/fleet/schemas";
import type { FleetRights } from "../rights";
import { explainStanding, isWorry, standingOf } from "../standing";
import { StateBadge } from "../state-badge";
import { useTarget } from "../use-targets";
import { CONNECTOR_LABEL } from "../words";
import { AbilitiesCard } from "./abilities-card";
import { AttemptsCard } from "./attempts-card";
import { GenerationsCard } from "./generations-card";
import { HealthCard } from "./health-card";
import { IdentityCard } from "./identity-card";
import { OrdersCard } from "./orders-card";
import { OutcomeNote } from "./outcome-note";
import { StateActions } from "./state-actions";

/** One target: what it should run, what it runs, what it said of each try, and who it is. */
export function TargetPage({ id, rights }: { id: string; rights: FleetRights }) {
  const query = useTarget(id);
  const error = useLastError(query);
  const target = query.data?.target;
  return (
    <Page
      title={
        target ? (
          <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <span className="break-all">{target.name}</span>
            <StateBadge standing={standingOf(target)} />
            {target.simulated ? <Badge variant="outline">simulated</Badge> : null}
          </span>
        ) : (
          "Target"
        )
      }
      description={
        target
          ? `${CONNECTOR_LABEL[target.connector]} in ${target.environment}${target.pool === null ? "" : `, pool ${target.pool}`}`
          : undefined
      }
      actions={
        <>
          {target && rights.admin ? <StateActions target={target} /> : null}
          <Button variant="outline" size="sm" asChild>
            <Link href="/fleet">
              <ArrowLeft aria-hidden /> All targets
            </Link>
          </Button>
          {/* Empty for as long as all is well: then it takes no room. */}
          <span className="-ml-2 has-[[role=status]>*]:ml-0">
            <StaleAge query={query} />
          </span>
        </>
      }
    >
      {query.data ? (
        <Loaded details={query.data} rights={rights} now={query.dataUpdatedAt} />
      ) : error ? (
        <Failed error={error} retry={() => void query.refetch()} />
      ) : (
        <Waiting />
      )}
    </Page>
  );
}

function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <Card>
      <CardContent className="pt-4">
        {error instanceof ApiError && error.status === 404 ? (
          <EmptyState title="There is no such target" why={error.message} action={{ label: "See the fleet", href: "/fleet" }} />
        ) : (
          <ErrorState error={error} onRetry={retry} />
        )}
      </CardContent>
    </Card>
  );
}

const Waiting = () => (
  <>
    <span role="status" className="sr-only">
      Loading
    </span>
    <Skeleton className="h-14" />
    <Skeleton className="h-48" />
    <Skeleton className="h-72" />
  </>
);

function Loaded({ details, rights, now }: { details: TargetDetails; rights: FleetRights; now: number }) {
  const { target, attempts, desired } = details;
  const standing = standingOf(target);
  const worry = isWorry(standing);
  return (
    <>
      <p
        role={worry ? "alert" : "status"}
        className={
          worry
            ? "rounded-lg border border-warning/40 bg-warning-muted px-4 py-3 text-[13px] break-words whitespace-pre-line"
            : "rounded-lg border bg-card px-4 py-3 text-[13px] break-words whitespace-pre-line"
        }
      >
        {explainStanding(target, now)}
      </p>
      <OutcomeNote target={target} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <GenerationsCard target={target} />
          <AttemptsCard attempts={attempts} />
          <OrdersCard target={target} orders={desired} mayRead={rights.enrol} why={rights.why} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <HealthCard target={target} now={now} />
          <IdentityCard target={target} />
          <AbilitiesCard target={target} />
        </div>
      </div>
    </>
  );
}
