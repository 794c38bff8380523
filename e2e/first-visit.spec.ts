import { expect, test } from "@playwright/test";
import { pageOf, settled, signIn, stackUrl } from "./journey";

test.describe("a newcomer", () => {
  test("is sent to sign in, is told when the password is wrong, and comes back to where they wanted to go", async ({ page }) => {
    await page.goto(`${stackUrl()}/performance`, { waitUntil: "networkidle" });
    await expect(page).toHaveURL(/\/sign-in\?next=%2Fperformance/);
    await page.getByLabel("Email").fill("analyst@demo.headroom");
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("alert").filter({ hasText: /password/i })).toBeVisible();
    await page.getByLabel("Password", { exact: true }).fill("headroom-demo");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL(/\/performance$/);
    await expect(page.getByRole("heading", { level: 1, name: "Performance" })).toBeVisible();
  });

  test("sees cost and service quality of the demo fleet, labelled as simulated, and every key figure is a link", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "analyst");
    await page.goto("/");
    await settled(page);
    await expect(page.getByText("Simulated demo data").first()).toBeVisible();
    const figures = page.getByRole("region", { name: "Key figures" }).getByRole("link");
    await expect(figures).toHaveCount(8);
    await expect(page.getByRole("link", { name: /^Cost: \$\d/ })).toBeVisible();
    await expect(page.getByText(/Complete to \d\d:\d\d/)).toBeVisible();
    await page.getByRole("link", { name: /^Latency p95/ }).click();
    await expect(page).toHaveURL(/\/performance/);
    await page.goBack();
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
    await page.context().close();
  });

  test("gets everywhere by keyboard: the palette opens, finds a page and goes there", async ({ browser }) => {
    const page = await pageOf(browser, "lead");
    await page.goto("/");
    await settled(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("caching");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/caching/);
    await page.context().close();
  });

  test("can sign out, and the session is gone", async ({ page }) => {
    await signIn(page, "lead");
    await page.goto(`${stackUrl()}/`, { waitUntil: "networkidle" });
    await page.getByRole("button", { name: /account|user menu/i }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto(`${stackUrl()}/`);
    await expect(page).toHaveURL(/\/sign-in/);
  });
});
