import {
  BellRing,
  Boxes,
  Building2,
  Database,
  Download,
  Gauge,
  HandCoins,
  GitPullRequestArrow,
  LayoutDashboard,
  Lightbulb,
  ListTree,
  MailWarning,
  PiggyBank,
  RadioTower,
  ReceiptText,
  Rocket,
  Settings,
  SlidersHorizontal,
  Tags,
  Telescope,
  Workflow,
  type LucideIcon,
} from "lucide-react";
import type { Role } from "@/lib/auth/actor";

export interface NavigationItem {
  href: string;
  label: string;
  icon: LucideIcon;
  /** What people look for when they type something else into the palette. */
  keywords: string;
  /** Analysts and up. */
  notForViewers?: true;
}

interface NavigationGroup {
  label: string;
  items: readonly NavigationItem[];
}

const NAVIGATION: readonly NavigationGroup[] = [
  {
    label: "Understand",
    items: [
      { href: "/", label: "Overview", icon: LayoutDashboard, keywords: "home dashboard cost kpi" },
      { href: "/explore", label: "Explore", icon: Telescope, keywords: "query pivot group by report csv" },
      { href: "/actions", label: "Actions", icon: Workflow, keywords: "agent chain calls steps outcomes escalation unit cost" },
      {
        href: "/exports",
        label: "Exports",
        icon: Download,
        keywords: "focus csv parquet download file receipt background report",
        notForViewers: true,
      },
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
    label: "Control",
    items: [
      {
        href: "/advisor",
        label: "Advisor",
        icon: Lightbulb,
        keywords:
          "findings savings recommendations waste audit replay calculators benchmark latency playbooks what to change cache oversized idle",
      },
      {
        href: "/alerts",
        label: "Alerts",
        icon: BellRing,
        keywords: "incidents rules firing notifications channels silences escalation slack pagerduty webhook backtest",
      },
      {
        href: "/changes",
        label: "Changes",
        icon: GitPullRequestArrow,
        keywords: "change request rollout approve review canary guardrail rollback abort freeze template draft",
      },
      {
        href: "/fleet",
        label: "Fleet",
        icon: RadioTower,
        keywords: "targets gateways nodes agents enrol token generation drift heartbeat quarantine connect litellm portkey",
      },
      {
        href: "/policies",
        label: "Policies",
        icon: SlidersHorizontal,
        keywords: "routing weights canary cache ttl tokens cap engine quantization configuration",
      },
    ],
  },
  {
    label: "Money",
    items: [
      {
        href: "/tenants",
        label: "Tenants",
        icon: Building2,
        keywords: "customers teams showback chargeback statement month lock print",
      },
      {
        href: "/budgets",
        label: "Budgets",
        icon: PiggyBank,
        keywords: "budget spend limit threshold forecast burn rate overrun cap hard anomaly anomalies unusual",
      },
      {
        href: "/ledger",
        label: "Savings",
        icon: HandCoins,
        keywords: "savings ledger measured booked estimate interval decay evaporated change",
      },
      {
        href: "/invoices",
        label: "Invoices",
        icon: ReceiptText,
        keywords: "bill reconciliation provider openai anthropic focus upload tax credit difference",
        notForViewers: true,
      },
      {
        href: "/pricing",
        label: "Pricing",
        icon: Tags,
        keywords: "price book rules rates unpriced reprice discount gpu litellm import match currency exchange fx",
        notForViewers: true,
      },
    ],
  },
  {
    label: "Workspace",
    items: [
      {
        href: "/dead-letters",
        label: "Dead letters",
        icon: MailWarning,
        keywords: "rejected refused conflict poison replay failed events",
        notForViewers: true,
      },
      { href: "/settings", label: "Settings", icon: Settings, keywords: "users keys api time zone currency" },
      { href: "/welcome", label: "Connect a source", icon: Rocket, keywords: "welcome onboarding gateway sdk otlp curl" },
    ],
  },
];

/** The pages of a person. What a page holds is guarded behind it; this only spares a walk to a closed door. */
export const navigationOf = (role: Role): NavigationGroup[] =>
  NAVIGATION.map(({ label, items }) => ({ label, items: items.filter((item) => role !== "viewer" || !item.notForViewers) }));

export const isCurrent = (href: string, path: string): boolean =>
  href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
