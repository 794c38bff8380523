/** From a finding to its evidence and to a drafted change and back; what is put aside; the audit; a replay. */
import { expect, test } from "@playwright/test";
import { finding, looked } from "./advisor-page";
import { pageOf, settled, sql } from "./journey";

test("the planted problems are found, ranked, with evidence one click away, and become a change", async ({ browser }) => {
  test.setTimeout(420_000);
  const page = await pageOf(browser, "analyst");
  await looked(page);
  for (const name of [
    /kb\.answer answers the same questions/,
    /claude-sonnet-4-5 is oversized for ticket\.classify/,
    /qwen-coder-32b is idle/,
    /Answers of assistant\.agent have no limit/,
    /Retry storm of orbit-logistics on invoice\.extract/,
    /llama-8b runs 16-bit weights/,
  ]) {
    await expect(finding(page, name)).toBeVisible();
  }
  // Nothing about the clean endpoints.
  const [clean] = await sql<{ n: number }>(
    "select count(*)::int as n from advisor_finding where state = 'open' and document->'scope'->>'endpoint' in ('support.chat', 'search.embed')",
  );
  expect(clean!.n).toBe(0);
  await expect(page.getByRole("region", { name: "What could be saved" })).toContainText("in 30 days, of $");

  const cap = finding(page, /Answers of assistant\.agent have no limit/);
  await cap.getByText("Numbers, risk and what to do").click();
  await expect(cap.getByRole("region", { name: "Numbers" })).toContainText("Output p95");
  await expect(cap.getByRole("region", { name: "Protected by" })).toContainText("surely less than");
  await cap.getByRole("link", { name: "Output tokens by step in Explore" }).click();
  await page.waitForURL(/\/explore\?/);
  await settled(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Explore");
  await page.goBack();

  await finding(page, /Answers of assistant\.agent have no limit/)
    .getByRole("button", { name: "Draft change" })
    .click();
  await page.waitForURL(/\/changes\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("region", { name: "What changes" })).toContainText("max output tokens");
  await expect(page.getByText("Predicted saving in 30 days")).toBeVisible();
  await page.getByRole("link", { name: "The finding it came from" }).click();
  await page.waitForURL(/\/advisor\?id=/);
  await expect(finding(page, /Answers of assistant\.agent/)).toContainText("In work since");

  // Back as it was, for the next run of this journey.
  const [change] = await sql<{ id: string }>(
    "select change_id as id from advisor_finding where state = 'in_change' and lever = 'output_cap'",
  );
  await page.goto(`/changes/${change!.id}`);
  await page.getByRole("region", { name: "What can be done" }).getByRole("button", { name: "Cancel change" }).click();
  const dialog = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await dialog.getByRole("button").last().click();
  await page.context().close();
});

test("a finding is dismissed with a reason and taken up again", async ({ browser }) => {
  const page = await pageOf(browser, "lead");
  await page.goto("/advisor?lever=distillation");
  await settled(page);
  const one = finding(page, /narrow enough for a student/);
  await one.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("dialog").getByLabel("Why").fill("A smaller model first.");
  await page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
  await expect(one).toHaveCount(0);
  await page.goto("/advisor?state=dismissed");
  await expect(finding(page, /narrow enough for a student/)).toContainText("A smaller model first.");
  await finding(page, /narrow enough for a student/)
    .getByRole("button", { name: "Take up again" })
    .click();
  await expect(finding(page, /narrow enough for a student/)).toHaveCount(0);
  await page.context().close();
});

test("the audit says what its scores are made of, and a replay says what a cache would have saved", async ({ browser }) => {
  const page = await pageOf(browser, "analyst");
  await page.goto("/advisor/audit");
  await settled(page);
  await expect(page.getByRole("list", { name: "What the scores are made of" })).toContainText("identical to one of the same day");
  await page.goto("/advisor/replay?endpoint=kb.answer&days=3");
  await settled(page);
  await page.getByRole("button", { name: "Play" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText("It would have saved", { timeout: 60_000 });
  await expect(result).toContainText("Hit rate");
  await expect(result).toContainText("The key is the gateway's");
  await expect(page.getByRole("region", { name: "By tenant" }).first()).toContainText("brightcart");
  await page.context().close();
});
