import {
  Boxes,
  Building2,
  Database,
  Gauge,
  LayoutDashboard,
  ListTree,
  Rocket,
  Settings,
  Telescope,
  type LucideIcon,
} from "lucide-react";

export interface NavigationItem {
  href: string;
  label: string;
  icon: LucideIcon;
  /** What people look for when they type something else into the palette. */
  keywords: string;
}

export const NAVIGATION: readonly { label: string; items: readonly NavigationItem[] }[] = [
  {
    label: "Understand",
    items: [
      { href: "/", label: "Overview", icon: LayoutDashboard, keywords: "home dashboard cost kpi" },
      { href: "/explore", label: "Explore", icon: Telescope, keywords: "query pivot group by report csv" },
      { href: "/requests", label: "Requests", icon: ListTree, keywords: "calls traces log events explain cost" },
    ],
  },
  {
    label: "Service",
    items: [
      { href: "/performance", label: "Performance", icon: Gauge, keywords: "latency ttft errors timeouts throughput" },
      { href: "/caching", label: "Caching", icon: Database, keywords: "hit rate saved prefix semantic" },
      { href: "/utilization", label: "Utilization", icon: Boxes, keywords: "gpu pools nodes idle busy memory" },
    ],
  },
  {
    label: "Money",
    items: [{ href: "/tenants", label: "Tenants", icon: Building2, keywords: "customers teams showback chargeback" }],
  },
  {
    label: "Workspace",
    items: [
      { href: "/settings", label: "Settings", icon: Settings, keywords: "users keys api time zone currency" },
      { href: "/welcome", label: "Connect a source", icon: Rocket, keywords: "welcome onboarding gateway sdk otlp curl" },
    ],
  },
];

export const isCurrent = (href: string, path: string): boolean =>
  href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
