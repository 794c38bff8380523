import type { ReactNode } from "react";
import { Page } from "@/components/layout/page";
import { SettingsNav } from "@/components/settings/settings-nav";

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <Page title="Settings">
      <div className="flex min-w-0 flex-col gap-4 md:flex-row md:gap-6">
        <SettingsNav />
        <div className="flex min-w-0 flex-1 flex-col gap-4">{children}</div>
      </div>
    </Page>
  );
}
