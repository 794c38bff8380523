"use client";
import dynamic from "next/dynamic";
import { useApi } from "@/components/query";
import { Page } from "@/components/layout/page";
import { EmptyState, ErrorState, StaleAge } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import type { PolicyList } from "@/lib/policies/store";
import { EffectiveCard } from "./effective-card";
import { LayersCard } from "./layers-card";
import { PlaceBar } from "./place-bar";
import { searchOf, usePlace } from "./use-place";

// Schemas and the editor come with the first document that is opened.
const DocumentCard = dynamic(() => import("./document-card").then((module) => module.DocumentCard), {
  ssr: false,
  loading: () => <Skeleton className="h-96 w-full" />,
});

/** What gateways and engines are told: effective anywhere, who said so, and the way to change it. */
export function PoliciesPage() {
  const list = useApi<PolicyList>("/api/v1/policies", { refreshMs: 15_000 });
  const place = usePlace(list.data?.choices, list.data?.limited ?? false);
  const frame = {
    title: "Policies",
    description:
      "Routing, caching, token limits and batching of gateways, and what engines are started with. An edit becomes a change request.",
    actions: <StaleAge query={list} />,
  };
  if (!list.data) {
    return (
      <Page {...frame}>
        {list.error ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <>
            <span className="sr-only" role="status">
              Loading
            </span>
            <Skeleton className="h-96 w-full" />
          </>
        )}
      </Page>
    );
  }
  const { policies, choices, limited } = list.data;
  const nothingToSee =
    place.of === "engines"
      ? limited
        ? {
            title: "Engines serve every tenant",
            why: "You are limited to some tenants. Somebody who sees them all can tell what engines run.",
            action: { label: "Back to gateways", onClick: () => void place.set({ of: null }) },
          }
        : choices.pools.length === 0
          ? {
              title: "No GPU pool is known yet",
              why: "A pool appears when an agent enrols for it, or with its first node sample.",
              action: { label: "Connect a source", href: "/welcome" },
            }
          : null
      : limited && choices.tenants.length === 0
        ? {
            title: "You see no tenant",
            why: "Ask an admin to give you one under Settings → Users.",
            action: { label: "To the overview", href: "/" },
          }
        : null;
  return (
    <Page {...frame} filterBar={<PlaceBar place={place} choices={choices} limited={limited} policies={policies} />}>
      {nothingToSee ? (
        <EmptyState {...nothingToSee} />
      ) : (
        <>
          {place.open ? <DocumentCard key={searchOf(place.open)} policyRef={place.open} place={place} /> : null}
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(300px,2fr)]">
            <EffectiveCard place={place} className="order-last lg:order-first" />
            <LayersCard place={place} policies={policies} limited={limited} />
          </div>
        </>
      )}
    </Page>
  );
}
