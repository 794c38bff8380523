"use client";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { CommandPalette } from "@/components/command/command-palette";
import { useShortcuts } from "@/components/command/use-shortcuts";
import { MobileNavigation } from "./mobile-navigation";
import { Logo, Navigation } from "./sidebar";
import { TopBar } from "./top-bar";

const ShortcutsDialog = dynamic(() => import("@/components/command/shortcuts-dialog").then((module) => module.ShortcutsDialog), {
  ssr: false,
});

/** The frame of every page of the console. */
export function AppShell({ children }: { children: ReactNode }) {
  const [palette, setPalette] = useState(false);
  const [shortcuts, setShortcuts] = useState(false);
  useShortcuts({ onPalette: () => setPalette((open) => !open), onHelp: () => setShortcuts(true) });
  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[220px_minmax(0,1fr)]">
      <a
        href="#main"
        className="fixed top-2 left-2 z-[60] -translate-y-20 rounded-md bg-primary px-3 py-2 text-sm font-medium text-primary-foreground focus:translate-y-0"
      >
        Skip to content
      </a>
      <aside className="hidden border-r bg-sidebar lg:block" data-print="hidden">
        <div className="sticky top-0 flex h-dvh flex-col gap-4 overflow-y-auto pb-4">
          <div className="flex h-12 shrink-0 items-center border-b px-5">
            <Link href="/" aria-label="Headroom, overview" className="rounded-md">
              <Logo />
            </Link>
          </div>
          <Navigation />
        </div>
      </aside>
      <div className="flex min-w-0 flex-col">
        <TopBar menu={<MobileNavigation />} onPalette={() => setPalette(true)} onHelp={() => setShortcuts(true)} />
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 pb-10 outline-none">
          {children}
        </main>
      </div>
      <CommandPalette open={palette} onOpenChange={setPalette} />
      {shortcuts ? <ShortcutsDialog open onOpenChange={setShortcuts} /> : null}
    </div>
  );
}
