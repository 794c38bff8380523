import { PageTabs } from "@/components/layout/page-tabs";

export function AlertTabs() {
  return (
    <PageTabs
      label="Alerts"
      tabs={[
        { href: "/alerts", label: "Incidents", covers: "/alerts/incidents" },
        { href: "/alerts/rules", label: "Rules" },
        { href: "/alerts/channels", label: "Channels" },
        { href: "/alerts/routing", label: "Routing" },
        { href: "/alerts/silences", label: "Silences" },
        { href: "/alerts/deliveries", label: "Deliveries" },
      ]}
    />
  );
}
