"use client";
import { CircleHelp, Search } from "lucide-react";
import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { DemoBadge } from "./demo-badge";
import { useWorkspace } from "./workspace";

// Menus come after the page: nobody opens one in the first second, and their code is as much as a page's own.
const room = () => <span aria-hidden className="size-8 shrink-0" />;
const ThemeSwitch = dynamic(async () => (await import("./theme-switch")).ThemeSwitch, { ssr: false, loading: room });
const InboxBell = dynamic(async () => (await import("@/components/notifications/inbox/inbox-bell")).InboxBell, {
  ssr: false,
  loading: room,
});
const UserMenu = dynamic(async () => (await import("./user-menu")).UserMenu, { ssr: false, loading: room });

export function TopBar({ menu, onPalette, onHelp }: { menu: ReactNode; onPalette: () => void; onHelp: () => void }) {
  const { name, demo } = useWorkspace();
  return (
    <header
      className="sticky top-0 z-40 flex h-12 items-center gap-2 border-b bg-background/95 px-2 backdrop-blur-sm sm:px-4"
      data-print="hidden"
    >
      {menu}
      <span className="min-w-0 truncate text-[13px] font-medium">{name}</span>
      {demo ? <DemoBadge /> : null}
      <div className="ml-auto flex items-center gap-1">
        <Button
          variant="outline"
          size="sm"
          onClick={onPalette}
          aria-label="Search pages, metrics and tenants"
          aria-keyshortcuts="Meta+K Control+K"
          className="text-muted-foreground max-sm:size-8 max-sm:border-0 max-sm:bg-transparent max-sm:px-0 max-sm:shadow-none"
        >
          <Search aria-hidden />
          <span className="pr-4 font-normal max-sm:hidden">Search</span>
          <kbd className="rounded border bg-muted px-1 font-sans text-[11px] max-sm:hidden">⌘K</kbd>
        </Button>
        <Button
          variant="ghost"
          size="icon"
          aria-label="Keyboard shortcuts"
          onClick={onHelp}
          className="max-sm:hidden"
          title="Keyboard shortcuts (?)"
        >
          <CircleHelp aria-hidden />
        </Button>
        <InboxBell />
        <ThemeSwitch />
        <UserMenu />
      </div>
    </header>
  );
}
