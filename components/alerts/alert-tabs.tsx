"use client";
import { PageTabs } from "@/components/layout/page-tabs";
import { useAtLeast } from "@/components/layout/use-at-least";

/** Whom things are told, and how, is for admins; what is silenced also for leads. */
export function AlertTabs() {
  const isAdmin = useAtLeast("admin");
  const isLead = useAtLeast("lead");
  const further = [
    { href: "/alerts/rules", label: "Rules", shown: true },
    { href: "/alerts/channels", label: "Channels", shown: isAdmin },
    { href: "/alerts/routing", label: "Routing", shown: isAdmin },
    { href: "/alerts/silences", label: "Silences", shown: isLead },
    { href: "/alerts/deliveries", label: "Deliveries", shown: isAdmin },
  ];
  return (
    <PageTabs
      label="Alerts"
      tabs={[{ href: "/alerts", label: "Incidents", covers: "/alerts/incidents" }, ...further.filter(({ shown }) => shown)]}
    />
  );
}
