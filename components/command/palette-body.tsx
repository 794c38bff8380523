"use client";
import { Command } from "cmdk";
import { Building2, GitPullRequestArrow, LineChart, RadioTower } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState, type ReactNode } from "react";
import { METRICS } from "@/lib/metrics/catalogue";
import { navigationOf } from "@/components/layout/navigation";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query/use-api";
import { useMetricQuery } from "@/components/query/use-metric-query";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import type { ChangeList } from "@/lib/changes/schemas";
import type { TargetList } from "@/lib/fleet/schemas";
import { DAY_MS, HOUR_MS } from "@/lib/time";

const itemClasses =
  "flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2 text-[13px] outline-none select-none data-[selected=true]:bg-muted [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-foreground";

/** Pages, metrics (opened in Explore), change requests, the targets of the fleet and the tenants of the last week. */
export function PaletteBody({ onOpenChange }: { onOpenChange: (open: boolean) => void }) {
  const router = useRouter();
  const { user } = useWorkspace();
  const [hour] = useState(() => Math.ceil(Date.now() / HOUR_MS) * HOUR_MS);
  const tenants = useMetricQuery({
    metrics: ["requests"],
    groupBy: ["tenant"],
    from: new Date(hour - 7 * DAY_MS).toISOString(),
    to: new Date(hour).toISOString(),
    orderBy: { metric: "requests" },
    limit: 50,
  });
  const fleet = useApi<TargetList>("/api/v1/targets");
  const targets = (fleet.data?.targets ?? []).filter(({ state }) => state !== "revoked");
  const changes = useApi<ChangeList>("/api/v1/changes");
  const go = (href: string) => {
    onOpenChange(false);
    router.push(href);
  };
  return (
    <Dialog open onOpenChange={onOpenChange}>
      <DialogContent className="top-[12vh] max-w-xl translate-y-0 gap-0 overflow-hidden p-0">
        <DialogTitle className="sr-only">Search</DialogTitle>
        <DialogDescription className="sr-only">
          Pages, metrics, tenants, changes and targets. Arrow keys choose, Enter opens.
        </DialogDescription>
        <Command label="Search pages, metrics, tenants, changes and targets" loop>
          <Command.Input
            placeholder="Search pages, metrics, tenants, changes, targets…"
            className="h-12 w-full border-b bg-transparent pr-12 pl-4 text-sm outline-none placeholder:text-muted-foreground"
          />
          <Command.List className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted-foreground">
            <Command.Empty className="p-6 text-center text-[13px] text-muted-foreground">Nothing matches.</Command.Empty>
            <Command.Group heading="Pages">
              {navigationOf(user.role)
                .flatMap(({ items }) => items)
                .map(({ href, label, icon: Icon, keywords }) => (
                  <Item
                    key={href}
                    value={`page ${label}`}
                    keywords={keywords.split(" ")}
                    icon={<Icon aria-hidden />}
                    onSelect={() => go(href)}
                  >
                    {label}
                  </Item>
                ))}
            </Command.Group>
            {tenants.data && tenants.data.rows.length > 0 ? (
              <Command.Group heading="Tenants">
                {tenants.data.rows.flatMap((row) => {
                  const tenant = typeof row.tenant === "string" ? row.tenant : "";
                  if (tenant === "" || tenant.startsWith("(")) return [];
                  return [
                    <Item
                      key={tenant}
                      value={`tenant ${tenant}`}
                      icon={<Building2 aria-hidden />}
                      onSelect={() => go(`/?tenant=${encodeURIComponent(tenant)}`)}
                    >
                      {tenant}
                    </Item>,
                  ];
                })}
              </Command.Group>
            ) : null}
            {changes.data && changes.data.changes.length > 0 ? (
              <Command.Group heading="Changes">
                {changes.data.changes.map(({ id, number, title, status }) => (
                  <Item
                    key={id}
                    value={`change ${number} ${title}`}
                    keywords={[`#${number}`, status]}
                    icon={<GitPullRequestArrow aria-hidden />}
                    onSelect={() => go(`/changes/${id}`)}
                  >
                    <span className="min-w-0 truncate">{title}</span>
                    <span className="ml-auto text-xs whitespace-nowrap text-muted-foreground">
                      #{number}, {status.replaceAll("_", " ")}
                    </span>
                  </Item>
                ))}
              </Command.Group>
            ) : null}
            {targets.length > 0 ? (
              <Command.Group heading="Targets">
                {targets.map(({ id, name, connector }) => (
                  <Item
                    key={id}
                    value={`target ${name}`}
                    keywords={[connector]}
                    icon={<RadioTower aria-hidden />}
                    onSelect={() => go(`/fleet/${id}`)}
                  >
                    {name}
                    <span className="ml-auto text-xs text-muted-foreground">{connector}</span>
                  </Item>
                ))}
              </Command.Group>
            ) : null}
            <Command.Group heading="Metrics">
              {[...METRICS.values()].map((metric) => (
                <Item
                  key={metric.id}
                  value={`metric ${metric.id}`}
                  keywords={[metric.label, metric.id.replaceAll("_", " ")]}
                  icon={<LineChart aria-hidden />}
                  onSelect={() => go(`/explore?metrics=${metric.id}`)}
                >
                  {metric.label}
                  <span className="ml-auto font-mono text-xs text-muted-foreground">{metric.id}</span>
                </Item>
              ))}
            </Command.Group>
          </Command.List>
        </Command>
      </DialogContent>
    </Dialog>
  );
}

function Item({
  value,
  keywords,
  icon,
  onSelect,
  children,
}: {
  value: string;
  keywords?: string[];
  icon: ReactNode;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item value={value} keywords={keywords} onSelect={onSelect} className={itemClasses}>
      {icon}
      {children}
    </Command.Item>
  );
}
