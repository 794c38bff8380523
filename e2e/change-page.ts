/** What journeys do on the pages of changes, in the words that people read there. */
import { expect, type Locator, type Page } from "@playwright/test";

export const box = (page: Page): Locator => page.getByRole("region", { name: "What can be done" });
export const act = (page: Page, name: string): Locator => box(page).getByRole("button", { name, exact: true });

/** Opens a template, chooses whom it concerns, takes it over with these values by label. */
export async function useTemplate(
  page: Page,
  template: string,
  { level, value, fields = {} }: { level?: string; value: string; fields?: Record<string, string | RegExp> },
): Promise<void> {
  await page.goto(`/changes/new?template=${template}`);
  if (level) {
    await page.getByRole("combobox", { name: "For" }).click();
    await page.getByRole("option", { name: level }).click();
    await page.getByLabel("Which").fill(value);
  } else {
    await page.getByRole("combobox", { name: "Which" }).click();
    await page.getByRole("option", { name: value }).click();
  }
  for (const [label, text] of Object.entries(fields)) {
    const control = page.getByLabel(label, { exact: true });
    if ((await control.getAttribute("role")) === "combobox") {
      await control.click();
      await page.getByRole("option", { name: text }).click();
    } else await control.fill(String(text));
  }
  await page.getByRole("button", { name: "Use this" }).click();
}

/** Steps and times as a person sets them who does not want to wait for hours. */
export async function planShort(
  page: Page,
  { shares, minTraffic, soakMin = 1, bakeMin = 0.5 }: { shares?: string; minTraffic: number; soakMin?: number; bakeMin?: number },
): Promise<void> {
  if (shares) await page.getByLabel(/^Steps \(%/).fill(shares);
  await page.getByText("Times, traffic and deadlines").click();
  await page.getByLabel("Each step is compared (min)").fill(String(soakMin));
  await page.getByLabel("Watched at the end (min)").fill(String(bakeMin));
  await page.getByLabel("Canary requests a step needs").fill(String(minTraffic));
}

/** A draft that came with the usual plan gets a short one. */
export async function replan(page: Page, id: string, plan: Parameters<typeof planShort>[1]): Promise<void> {
  await act(page, "Edit").click();
  await page.waitForURL(`**/changes/new?change=${id}`);
  await planShort(page, plan);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.waitForURL(new RegExp(`/changes/${id}$`));
}

/** Saves what the form says and lands on the page of the draft; its id. */
export async function saveDraft(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Save draft" }).click();
  await page.waitForURL(/\/changes\/[0-9a-f-]{36}$/);
  return page.url().split("/").at(-1)!;
}

/** Golden prompts are asked of both arms, and the result is attached. */
export async function evaluate(page: Page): Promise<void> {
  const card = page.getByRole("region", { name: "Evaluation" });
  await card.getByRole("button", { name: "Run evaluation" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run evaluation" }).click();
  await expect(card.getByText("passed", { exact: true })).toBeVisible({ timeout: 120_000 });
}

/** Submitted by who wrote it, approved and started by somebody else. */
export async function approveAndStart(author: Page, lead: Page, id: string): Promise<void> {
  await act(author, "Submit for review").click();
  await expect(box(author).getByText("in review")).toBeVisible();
  await lead.goto(`/changes/${id}`);
  await act(lead, "Approve").click();
  await lead.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await act(lead, "Start rollout").click();
  await lead.getByRole("dialog").getByRole("button", { name: "Start rollout" }).click();
  await expect(box(lead).getByText("rolling out")).toBeVisible();
}
