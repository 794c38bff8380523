"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { isCurrent } from "@/components/layout/navigation";

/** Each tab is a page of its own: an address says which one is meant, and Back goes to the one before. */
const ADVISOR_TABS = [
  { href: "/advisor", label: "Findings" },
  { href: "/advisor/audit", label: "Workload audit" },
  { href: "/advisor/replay", label: "Replay" },
  { href: "/advisor/calculators", label: "Calculators" },
  { href: "/advisor/playbooks", label: "Playbooks" },
] as const;

export function AdvisorTabs() {
  const path = usePathname();
  return (
    <nav aria-label="Advisor" className="flex flex-wrap gap-1 border-b pb-2">
      {ADVISOR_TABS.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={(href === "/advisor" ? path === href : isCurrent(href, path)) ? "page" : undefined}
          className="flex min-h-8 items-center rounded-md px-2.5 text-[13px] font-medium whitespace-nowrap text-muted-foreground hover:bg-muted hover:text-foreground focus-visible:-outline-offset-2 aria-[current=page]:bg-accent aria-[current=page]:text-accent-foreground"
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
