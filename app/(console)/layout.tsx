import type { ReactNode } from "react";
import { AppShell } from "@/components/layout/app-shell";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { getPageCtx } from "@/lib/auth/page";
import { loadWorkspace } from "@/lib/workspace";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const ctx = await getPageCtx();
  const { name, timeZone, currency, demo } = await loadWorkspace(ctx.db);
  const user = { id: ctx.actor.id, name: ctx.actor.name, role: ctx.actor.role };
  return (
    <WorkspaceProvider value={{ name, timeZone, currency, demo, user }}>
      <AppShell>{children}</AppShell>
    </WorkspaceProvider>
  );
}
