import type { ReactNode } from "react";
import { AdvisorTabs } from "@/components/advisor/advisor-tabs";
import { Page } from "@/components/layout/page";

export default function AdvisorLayout({ children }: { children: ReactNode }) {
  return (
    <Page title="Advisor" description="What to change, what it will save, and what it really saved.">
      <AdvisorTabs />
      {children}
    </Page>
  );
}
