/** What journeys do on the page of findings, in the words that people read there. */
import { expect, type Locator, type Page } from "@playwright/test";
import { historyLoaded, settled, sql } from "./journey";

export const finding = (page: Page, name: RegExp): Locator => page.getByRole("listitem", { name });

/** The demo's findings are there: looked at after the whole history was in. */
export async function looked(page: Page): Promise<void> {
  await historyLoaded();
  await page.goto("/advisor");
  await settled(page);
  const newest = async () =>
    (
      await sql<{ id: string; status: string; reason: string | null }>(
        "select id::text, status, reason from advisor_run order by created_at desc limit 1",
      )
    )[0];
  const before = await newest();
  await page.getByRole("button", { name: "Look now" }).click();
  const ended = async () => {
    const run = await newest();
    return run && run.id !== before?.id ? run.status : "not begun";
  };
  await expect.poll(ended, { timeout: 240_000, intervals: [1_000] }).not.toMatch(/not begun|queued|running/);
  expect(await newest()).toMatchObject({ status: "done", reason: null });
  await page.reload();
  await settled(page);
}

/** One that is open; looked for only when no earlier look has found it. An earlier try may have left it in work. */
export async function openFinding(page: Page, name: RegExp): Promise<Locator> {
  await historyLoaded();
  await sql("update advisor_finding set state = 'open', change_id = null where state = 'in_change' and document->>'title' ~ $1", [
    name.source,
  ]);
  await page.goto("/advisor");
  await settled(page);
  if ((await finding(page, name).count()) === 0) await looked(page);
  await expect(finding(page, name)).toBeVisible();
  return finding(page, name);
}
