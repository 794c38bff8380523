import { PageTabs } from "@/components/layout/page-tabs";

export function AdvisorTabs() {
  return (
    <PageTabs
      label="Advisor"
      tabs={[
        { href: "/advisor", label: "Findings" },
        { href: "/advisor/audit", label: "Workload audit" },
        { href: "/advisor/replay", label: "Replay" },
        { href: "/advisor/calculators", label: "Calculators" },
        { href: "/advisor/benchmarks", label: "Benchmarks" },
        { href: "/advisor/playbooks", label: "Playbooks" },
      ]}
    />
  );
}
