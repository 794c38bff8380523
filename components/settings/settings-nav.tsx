"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useWorkspace } from "@/components/layout/workspace";

const SECTIONS = [
  { href: "/settings", label: "Account" },
  { href: "/settings/users", label: "Users", admin: true },
  { href: "/settings/api-keys", label: "API keys", admin: true },
  { href: "/settings/tenants", label: "Tenants", admin: true },
  { href: "/settings/workspace", label: "Workspace", admin: true },
  { href: "/settings/audit", label: "Audit log", admin: true },
] as const;

/** The sections that the person may open; the others do not exist for them. */
export function SettingsNav() {
  const path = usePathname();
  const { user } = useWorkspace();
  return (
    <nav aria-label="Settings" className="flex flex-wrap gap-1 md:w-44 md:shrink-0 md:flex-col">
      {SECTIONS.filter((section) => !("admin" in section) || user.role === "admin").map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={path === href ? "page" : undefined}
          className="flex min-h-8 items-center rounded-md px-2.5 text-[13px] font-medium whitespace-nowrap text-muted-foreground hover:bg-muted hover:text-foreground focus-visible:-outline-offset-2 aria-[current=page]:bg-accent aria-[current=page]:text-accent-foreground"
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
