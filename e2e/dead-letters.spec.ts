import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { pageOf, settled, sql, stackUrl } from "./journey";

const usage = (id: string, output: number, occurredAt: string) => ({
  id,
  occurredAt,
  tenant: "brightcart",
  endpoint: "e2e.dead-letters",
  provider: "openai",
  modelRequested: "gpt-4o-mini",
  status: "success",
  meters: { input: 1_000, output },
});

async function send(page: Page, event: object): Promise<void> {
  const answer = await page.request.post("/api/v1/usage", { data: { events: [event] }, headers: { origin: stackUrl() } });
  expect(await answer.json()).toMatchObject({ accepted: 1, rejected: 0 });
}

const stored = (id: string) =>
  sql<{ cost: string; output: string }>(
    "select cost_nano::text as cost, output::text as output from telemetry.event where id = $1",
    [id],
  );

test.describe("an admin looks after what could not be stored", () => {
  test("finds a conflicting event, gives it an id of its own, replays it by keyboard, and sees it stored", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "admin");
    await page.goto("/");
    const id = `e2e-conflict-${Date.now()}`;
    const own = `${id}-corrected`;
    const occurredAt = new Date(Date.now() - 60_000).toISOString();
    await send(page, usage(id, 100, occurredAt));
    await expect.poll(() => stored(id), { timeout: 20_000 }).toHaveLength(1);
    // The same id with other content: accepted at the door, refused by the worker, which is the judge of ids.
    await send(page, usage(id, 200, occurredAt));
    await expect
      .poll(() => sql("select 1 from telemetry.dead_letter where event_id = $1", [id]), { timeout: 20_000 })
      .toHaveLength(1);

    await page.goto("/dead-letters?range=1h&code=conflict&state=open");
    await settled(page);
    const row = page.getByRole("row").filter({ hasText: id });
    await expect(row).toContainText("Open");
    await row.getByRole("button").press("Enter");
    const dialog = page.getByRole("dialog", { name: /Dead letter \d+/ });
    await expect(dialog).toBeVisible();
    await expect(page).toHaveURL(/letter=\d+/);
    const { violations } = await new AxeBuilder({ page }).include('[role="dialog"]').analyze();
    expect(violations.map(({ id: rule, help }) => `${rule}: ${help}`)).toEqual([]);

    // As it is it stays a conflict, and stays open.
    await dialog.getByRole("button", { name: "Replay", exact: true }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Replay" }).press("Enter");
    await expect(dialog.getByRole("alert")).toContainText("stored with other content");
    expect(await sql("select 1 from telemetry.dead_letter where event_id = $1 and replayed_at is null", [id])).toHaveLength(1);

    const editor = dialog.getByLabel("Payload");
    const kept = await editor.inputValue();
    await editor.fill("{ not json");
    await expect(dialog.getByRole("alert")).toContainText("This is not JSON");
    await expect(dialog.getByRole("button", { name: "Replay edited" })).toBeDisabled();
    await editor.fill(kept.replace(`"${id}"`, `"${own}"`));
    await dialog.getByRole("button", { name: "Replay edited" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Replay" }).press("Enter");
    await expect(page.getByText(`Stored: event ${own} is in`)).toBeVisible();
    await expect(dialog).toBeHidden();

    // gpt-4o-mini: 1,000 × $0.15 + 200 × $0.60 per 1M = $0.00027
    expect(await stored(own)).toEqual([{ cost: "270000", output: "200" }]);
    expect(await stored(id)).toMatchObject([{ output: "100" }]);
    // The list was asked anew: no longer open.
    await expect(row).toHaveCount(0);
    await page.getByRole("group", { name: "State" }).getByRole("button", { name: "Replayed" }).click();
    await expect(row).toContainText("Replayed");
    await page.context().close();
  });

  test("an analyst sees the payload but cannot send it; a phone shows it without scrolling sideways", async ({ browser }) => {
    const page = await pageOf(browser, "analyst", { width: 390, dark: true });
    await page.goto("/dead-letters?range=1h&state=replayed");
    await settled(page);
    await page.getByRole("row").filter({ hasText: "e2e-conflict-" }).first().getByRole("button").click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByText("An admin can correct this and replay it.")).toBeVisible();
    await expect(dialog.getByRole("button", { name: /replay/i })).toHaveCount(0);
    const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const refused = await page.request.post("/api/v1/dead-letters/1/replay", { headers: { origin: stackUrl() } });
    expect(refused.status()).toBe(403);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(page).not.toHaveURL(/letter=/);
    await page.context().close();
  });

  test("is led there from the overview and from the palette", async ({ browser }) => {
    const page = await pageOf(browser, "admin");
    await page.goto("/?range=1h&tenant=brightcart");
    await page
      .getByRole("region", { name: "Data completeness" })
      .getByRole("link", { name: /conflict/ })
      .click();
    await expect(page).toHaveURL(/\/dead-letters\?.*code=conflict/);
    await expect(page).toHaveURL(/tenant=brightcart/);
    await settled(page);
    await expect(page.getByRole("row").filter({ hasText: "e2e-conflict-" }).first()).toBeVisible();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /search/i }).fill("poison");
    await expect(page.getByRole("option", { name: "Dead letters" })).toBeVisible();
    await page.context().close();
  });
});
