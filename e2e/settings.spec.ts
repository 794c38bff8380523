import { expect, test } from "@playwright/test";
import { pageOf, settled } from "./journey";

test("an admin adds a person and a key, revokes the key, and proves it all from the audit log; the console stays quiet", async ({
  browser,
}) => {
  const page = await pageOf(browser, "admin");
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || /Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  const unique = Date.now().toString(36);

  await page.goto("/settings/users");
  await settled(page);
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog.getByRole("alert").first()).toBeVisible();
  await dialog.getByLabel("Email").fill(`${unique}@example.com`);
  await dialog.getByLabel("Name").fill(`New ${unique}`);
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog.getByText(/password/i).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row").filter({ hasText: `${unique}@example.com` })).toBeVisible();

  await page.goto("/settings/api-keys");
  await settled(page);
  await page.getByRole("button", { name: "Create key" }).click();
  await dialog.getByLabel("Name").fill(`key ${unique}`);
  await dialog
    .getByRole("button", { name: /create/i })
    .last()
    .click();
  await expect(dialog.getByText(/hr_[A-Za-z0-9_-]{20,}/).first()).toBeVisible();
  await page.keyboard.press("Escape");
  const row = page.getByRole("row").filter({ hasText: `key ${unique}` });
  await row.getByRole("button", { name: /revoke/i }).click();
  await page
    .getByRole("alertdialog")
    .or(page.getByRole("dialog"))
    .getByRole("button", { name: /revoke/i })
    .click();
  await expect(
    row
      .getByText("revoked")
      .or(page.getByText(/was revoked/))
      .first(),
  ).toBeVisible();

  await page.goto("/settings/audit");
  await settled(page);
  for (const action of ["api_key.revoke", "api_key.create", "user.create"]) {
    await expect(page.getByRole("cell", { name: action }).first()).toBeVisible();
  }
  await page.getByRole("button", { name: "Verify chain" }).click();
  await expect(page.getByText(/unbroken|intact|verified/i).first()).toBeVisible();
  // The browser reports the refused form (422 or 400) only when it was sent; here it never is.
  expect(complaints).toEqual([]);
  await page.context().close();
});
