"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { isCurrent } from "./navigation";

export interface PageTab {
  href: string;
  label: string;
  /** Where further pages of it are, when not below `href`. */
  covers?: string;
}

/** Each tab is a page of its own: an address says which one is meant, and Back goes to the one before. The first is the root. */
export function PageTabs({ label, tabs }: { label: string; tabs: readonly [PageTab, ...PageTab[]] }) {
  const path = usePathname();
  const isHere = ({ href, covers }: PageTab) =>
    (href === tabs[0].href ? path === href : isCurrent(href, path)) || (covers !== undefined && isCurrent(covers, path));
  return (
    <nav aria-label={label} className="flex flex-wrap gap-1 border-b pb-2">
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={isHere(tab) ? "page" : undefined}
          className="flex min-h-8 items-center rounded-md px-2.5 text-[13px] font-medium whitespace-nowrap text-muted-foreground hover:bg-muted hover:text-foreground focus-visible:-outline-offset-2 aria-[current=page]:bg-accent aria-[current=page]:text-accent-foreground"
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
