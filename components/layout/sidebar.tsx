"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { isCurrent, navigationOf } from "./navigation";
import { useWorkspace } from "./workspace";

export function Logo() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <svg aria-hidden width="22" height="22" viewBox="0 0 22 22">
        <rect width="22" height="22" rx="6" fill="var(--primary)" />
        <path d="M6 16V6M16 16V6" stroke="var(--primary-foreground)" strokeWidth="2.4" strokeLinecap="round" />
        <path d="M6 12.5h10" stroke="var(--primary-foreground)" strokeWidth="2.4" strokeLinecap="round" />
        <path
          d="M11 9.2V5.6m-1.7 1.5L11 5.4l1.7 1.7"
          stroke="var(--primary-foreground)"
          strokeWidth="1.5"
          fill="none"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      Headroom
    </span>
  );
}

export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const path = usePathname();
  const { user } = useWorkspace();
  return (
    <nav aria-label="Main" className="flex flex-col gap-4 px-3">
      {navigationOf(user.role).map((group) => (
        <div key={group.label}>
          <p className="px-2 pb-1 text-[11px] font-medium text-muted-foreground">{group.label}</p>
          <ul className="flex flex-col gap-px">
            {group.items.map(({ href, label, icon: Icon }) => {
              const current = isCurrent(href, path);
              return (
                <li key={href}>
                  <Link
                    href={href}
                    onClick={onNavigate}
                    aria-current={current ? "page" : undefined}
                    className={cn(
                      "flex h-8 items-center gap-2.5 rounded-md px-2 text-[13px] font-medium transition-colors max-lg:h-10",
                      current ? "bg-accent text-accent-foreground" : "text-muted-foreground hover:bg-muted hover:text-foreground",
                    )}
                  >
                    <Icon aria-hidden className="size-4 shrink-0" />
                    {label}
                  </Link>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </nav>
  );
}
