"use client";
import { PageTabs } from "@/components/layout/page-tabs";
import { useWorkspace } from "@/components/layout/workspace";

/** Whom things are told, and how, is for admins; what is silenced also for leads. */
export function AlertTabs() {
  const { role } = useWorkspace().user;
  const admin = role === "admin";
  return (
    <PageTabs
      label="Alerts"
      tabs={[
        { href: "/alerts", label: "Incidents", covers: "/alerts/incidents" },
        { href: "/alerts/rules", label: "Rules" },
        ...(admin ? [{ href: "/alerts/channels", label: "Channels" }] : []),
        ...(admin ? [{ href: "/alerts/routing", label: "Routing" }] : []),
        ...(admin || role === "lead" ? [{ href: "/alerts/silences", label: "Silences" }] : []),
        ...(admin ? [{ href: "/alerts/deliveries", label: "Deliveries" }] : []),
      ]}
    />
  );
}
