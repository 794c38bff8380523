import type { ReactNode } from "react";
import { AlertTabs } from "@/components/alerts/alert-tabs";
import { Page } from "@/components/layout/page";

export default function AlertsLayout({ children }: { children: ReactNode }) {
  return (
    <Page title="Alerts" description="What is watched, what fired and why, and whom it reached.">
      <AlertTabs />
      {children}
    </Page>
  );
}
