/** Every page of the console, and who may open it. Accessibility, screenshots and tenant scope walk this list. */
import type { Person } from "./journey";

export interface PageUnderTest {
  name: string;
  path: string;
  as: Person;
}

export const PAGES: readonly PageUnderTest[] = [
  { name: "overview", path: "/", as: "analyst" },
  { name: "explore", path: "/explore", as: "analyst" },
  { name: "explore-pivot", path: "/explore?metrics=cost_usd&by=tenant,modelServed&chart=pivot&range=7d", as: "analyst" },
  { name: "exports", path: "/exports", as: "analyst" },
  { name: "requests", path: "/requests", as: "analyst" },
  { name: "actions", path: "/actions", as: "analyst" },
  { name: "performance", path: "/performance", as: "lead" },
  { name: "caching", path: "/caching", as: "lead" },
  { name: "utilization", path: "/utilization", as: "lead" },
  { name: "tenants", path: "/tenants", as: "analyst" },
  { name: "tenant", path: "/tenants/brightcart", as: "analyst" },
  { name: "advisor", path: "/advisor", as: "lead" },
  { name: "advisor-audit", path: "/advisor/audit", as: "lead" },
  { name: "advisor-replay", path: "/advisor/replay?endpoint=kb.answer&run=1", as: "analyst" },
  { name: "advisor-dismissed", path: "/advisor?state=dismissed", as: "viewer" },
  { name: "calculators", path: "/advisor/calculators", as: "viewer" },
  { name: "calculator-autoscaling", path: "/advisor/calculators/autoscaling?mode=published", as: "viewer" },
  { name: "calculator-quantization", path: "/advisor/calculators/quantization-roi?qualityAfter=0.91", as: "analyst" },
  { name: "invoices", path: "/invoices", as: "admin" },
  { name: "changes", path: "/changes", as: "lead" },
  { name: "changes-new", path: "/changes/new", as: "analyst" },
  { name: "changes-template", path: "/changes/new?template=small-model-first", as: "analyst" },
  { name: "alerts", path: "/alerts", as: "lead" },
  { name: "ledger", path: "/ledger", as: "analyst" },
  { name: "alerts-rules", path: "/alerts/rules", as: "admin" },
  { name: "alerts-rule-new", path: "/alerts/rules/new", as: "admin" },
  { name: "pricing", path: "/pricing", as: "admin" },
  { name: "pricing-rules", path: "/pricing?tab=rules&q=gpt-4o", as: "analyst" },
  { name: "pricing-gpu", path: "/pricing?tab=gpu", as: "admin" },
  { name: "pricing-drift", path: "/pricing?tab=drift", as: "analyst" },
  { name: "pricing-repricing", path: "/pricing?tab=repricing", as: "admin" },
  { name: "pricing-currencies", path: "/pricing?tab=currencies", as: "admin" },
  { name: "policies", path: "/policies?tenant=orbit-logistics&endpoint=support.chat", as: "lead" },
  { name: "policies-edit", path: "/policies?endpoint=support.chat&kind=caching&level=endpoint", as: "lead" },
  { name: "policies-engines", path: "/policies?of=engines&pool=llama-8b&kind=engine&level=pool", as: "lead" },
  { name: "policies-history", path: "/policies?kind=routing&level=global&show=history", as: "analyst" },
  { name: "policies-of-one-tenant", path: "/policies", as: "viewer" },
  { name: "fleet", path: "/fleet", as: "admin" },
  { name: "fleet-attention", path: "/fleet?standing=attention", as: "viewer" },
  { name: "dead-letters", path: "/dead-letters?range=30d", as: "admin" },
  { name: "welcome", path: "/welcome", as: "admin" },
  { name: "settings-account", path: "/settings", as: "admin" },
  { name: "settings-users", path: "/settings/users", as: "admin" },
  { name: "settings-api-keys", path: "/settings/api-keys", as: "admin" },
  { name: "settings-tenants", path: "/settings/tenants", as: "admin" },
  { name: "settings-workspace", path: "/settings/workspace", as: "admin" },
  { name: "settings-audit", path: "/settings/audit", as: "admin" },
];
