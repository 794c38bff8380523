"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { Page } from "@/components/layout/page";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { EmptyState } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import type { UnpricedModel } from "@/lib/pricing/manage/schemas";
import { CurrenciesCard } from "./currencies-card";
import { DriftCard } from "./drift-card";
import { GpuRatesCard } from "./gpu-rates-card";
import { GpuTermsCard } from "./gpu-terms-card";
import { MatchCard } from "./match-card";
import { PriceDialog } from "./price-dialog";
import { RepricingCard } from "./repricing-card";
import { RulesCard } from "./rules-card";
import { UnpricedCard } from "./unpriced-card";
import { emptyPrice, type PriceDraft } from "./words";

const TABS = ["unpriced", "rules", "gpu", "match", "drift", "repricing", "currencies"] as const;

/** What models and GPUs cost, which price a call meets, and what a period would cost under other prices. */
export function PricingPage() {
  const { user } = useWorkspace();
  const allowed = user.role !== "viewer";
  const admin = user.role === "admin";
  const unpriced = useApi<{ items: UnpricedModel[]; days: number }>(allowed ? "/api/v1/pricing/unpriced" : null, {
    refreshMs: 30_000,
  });
  const [chosen, setTab] = useQueryState("tab", parseAsStringLiteral(TABS).withOptions({ history: "push" }));
  const [draft, setDraft] = useState<PriceDraft | null>(null);
  const missing = unpriced.data?.items.length ?? 0;
  // What has no price goes first, as long as there is any.
  const tab = chosen ?? (unpriced.isFetched && missing === 0 ? "rules" : "unpriced");
  if (!allowed) {
    return (
      <Page title="Pricing">
        <EmptyState
          title="Prices are for analysts"
          why="Contracts and discounts are on this page. Ask an admin for the role analyst if you need to look into them."
          action={{ label: "To the overview", href: "/" }}
        />
      </Page>
    );
  }
  return (
    <Page
      title="Pricing"
      description="Which price every call meets: a tenant's, the workspace's, the list's. Prices are never edited: a new one supersedes the old from its date on. All prices are in USD."
      actions={admin ? <Button onClick={() => setDraft(emptyPrice())}>Add a price</Button> : null}
    >
      <Tabs value={tab} onValueChange={(value) => void setTab(value as (typeof TABS)[number])}>
        <TabsList aria-label="Pricing" className="w-full justify-start sm:w-auto">
          <TabsTrigger value="unpriced">Unpriced {missing > 0 ? <Badge variant="warning">{missing}</Badge> : null}</TabsTrigger>
          <TabsTrigger value="rules">Rules</TabsTrigger>
          <TabsTrigger value="gpu">GPU rates</TabsTrigger>
          <TabsTrigger value="match">Test a match</TabsTrigger>
          <TabsTrigger value="drift">Drift</TabsTrigger>
          <TabsTrigger value="repricing">Repricing</TabsTrigger>
          <TabsTrigger value="currencies">Currencies</TabsTrigger>
        </TabsList>
        <TabsContent value="unpriced">
          <UnpricedCard query={unpriced} onPrice={admin ? setDraft : undefined} />
        </TabsContent>
        <TabsContent value="rules">
          <RulesCard admin={admin} />
        </TabsContent>
        <TabsContent value="gpu">
          <div className="flex flex-col gap-4">
            <GpuRatesCard admin={admin} />
            <GpuTermsCard admin={admin} />
          </div>
        </TabsContent>
        <TabsContent value="match">
          <MatchCard />
        </TabsContent>
        <TabsContent value="drift">
          <DriftCard />
        </TabsContent>
        <TabsContent value="repricing">
          <RepricingCard admin={admin} />
        </TabsContent>
        <TabsContent value="currencies">
          <CurrenciesCard admin={admin} />
        </TabsContent>
      </Tabs>
      {draft ? (
        <PriceDialog
          draft={draft}
          onClose={() => setDraft(null)}
          onWritten={() => {
            setDraft(null);
            void setTab("repricing");
          }}
        />
      ) : null}
    </Page>
  );
}
