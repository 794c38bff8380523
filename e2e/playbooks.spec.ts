/** How far endpoints are in the published orders: what is next, whether it is worth it, and where it comes from. */
import { expect, test } from "@playwright/test";
import { openFinding } from "./advisor-page";
import { pageOf, settled } from "./journey";

test("the overview leads to the playbooks; each next step says whether it is worth it and shows its finding", async ({
  browser,
}) => {
  test.setTimeout(420_000);
  const page = await pageOf(browser, "lead");
  await openFinding(page, /Retry storm of orbit-logistics on invoice\.extract/);
  await page.goto("/");
  await settled(page);
  const progress = page.getByRole("region", { name: "Playbook progress" });
  await expect(progress).toContainText(/\d+ of \d+ steps verified/);
  await expect(progress.getByRole("list", { name: "Next steps that are worth it" }).getByRole("listitem").first()).toBeVisible();
  await progress.getByRole("link", { name: "Playbooks" }).click();
  await page.waitForURL("**/advisor/playbooks");
  await settled(page);

  // An endpoint of its own finding.
  const stepsOf = (endpoint: string) => page.getByRole("list", { name: `Steps of ${endpoint}` });
  const row = page.getByRole("listitem").filter({ has: stepsOf("invoice.extract") });
  await expect(row.getByRole("link", { name: "Reduce tokens not started" })).toBeVisible();
  await expect(row).toContainText("Worth it");
  await expect(row).toContainText(/Next: Reduce tokens\. It saves \$\d+\.\d\d or more in 30 days\./);

  // Another order; what is found about a pool stands at the endpoint that it serves, as the pool's.
  await page.getByRole("combobox", { name: "Order" }).click();
  await page.getByRole("option", { name: /^C · Smallest model first/ }).click();
  await expect(page).toHaveURL(/playbook=C/);
  const served = page.getByRole("listitem").filter({ has: stepsOf("ide.complete") });
  await expect(served).toContainText("on qwen-coder-32b");
  await expect(served).toContainText("pool qwen-coder-32b as a whole");
  await stepsOf("ide.complete").getByRole("link", { name: "Hardware not started" }).click();
  await page.waitForURL(/\/advisor\?id=/);
  await expect(page.getByRole("listitem", { name: /qwen-coder-32b/ })).toBeVisible();
  await page.context().close();
});
