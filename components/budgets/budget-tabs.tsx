import { PageTabs } from "@/components/layout/page-tabs";

/** Money that was planned for, and money that nobody expected. */
export function BudgetTabs() {
  return (
    <PageTabs
      label="Budgets and anomalies"
      tabs={[
        { href: "/budgets", label: "Budgets" },
        { href: "/anomalies", label: "Anomalies" },
      ]}
    />
  );
}
