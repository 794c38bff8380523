/** From a rule to its end: what fires, whom it reaches, what a person does about it. */
import { expect, test } from "@playwright/test";
import { isSignedWith } from "@/lib/testing/receivers";
import { pageOf, settled, sql, stackUrl } from "./journey";
import { addRoute, addWebhook, deleteChannel, removeRoute, testChannel } from "./notification-page";
import { startReceivers, toldAbout, typesAbout, type Receivers } from "./receivers";

test.describe("an admin watches a number", () => {
  let receivers: Receivers;
  test.beforeAll(async () => {
    receivers = await startReceivers();
  });
  test.afterAll(() => receivers.close());

  test("a rule fires on injected data, its channel hears of it once, and again when it is acknowledged and resolved", async ({
    browser,
  }) => {
    test.setTimeout(420_000);
    const page = await pageOf(browser, "admin");
    const endpoint = `e2e.alerts.${Date.now()}`;
    const ruleName = `Errors of ${endpoint}`;
    const channel = `Hook of ${endpoint}`;
    const { hook } = receivers;
    const secret = await addWebhook(page, { name: channel }, hook);
    await testChannel(page, channel, "The channel took it.");
    const tests = toldAbout(hook, channel, "reaches this channel");
    expect(tests.map((one) => isSignedWith(secret, one))).toEqual([true]);
    await addRoute(page, { name: `Route of ${endpoint}`, label: "rule", value: ruleName, channel });

    const send = async (count: number) => {
      const events = Array.from({ length: count }, (_, index) => ({
        id: `${endpoint}-${Date.now()}-${index}`,
        occurredAt: new Date(Date.now() - 30_000).toISOString(),
        tenant: "brightcart",
        endpoint,
        provider: "openai",
        modelRequested: "gpt-4o-mini",
        status: "error",
        meters: { input: 100, output: 0 },
      }));
      const sent = await page.request.post("/api/v1/usage", { data: { events }, headers: { origin: stackUrl() } });
      expect(await sent.json()).toMatchObject({ accepted: count, rejected: 0 });
    };
    await send(20);
    const stored = () => sql<{ n: number }>("select count(*)::int as n from telemetry.event where endpoint = $1", [endpoint]);
    await expect.poll(stored, { timeout: 20_000 }).toEqual([{ n: 20 }]);

    await page.goto("/alerts/rules/new");
    await settled(page);
    const form = page.getByRole("form", { name: "Rule" });
    await form.getByLabel("Name", { exact: true }).fill(ruleName);
    const choose = async (label: string, option: string) => {
      await form.getByRole("combobox", { name: label, exact: true }).click();
      await page.getByRole("option", { name: option, exact: true }).click();
    };
    await choose("Metric", "Errors");
    await choose("Condition", "Threshold");
    await form.getByLabel("Threshold", { exact: true }).fill("10");
    await choose("Over the last", "15 min");
    await choose("Evaluated every", "1 min");
    await choose("Clear for at least", "none");
    await choose("Wait for late data", "none");
    await form.getByLabel("Judge from").fill("0");
    await form.getByRole("button", { name: "Filter" }).click();
    await choose("Only", "Endpoint");
    await form.getByLabel("Endpoint is").fill("e2e.alerts.nowhere");
    // A month of data is asked, beside the backtest: a busy machine may say that it is to be tried again.
    const saves = (outcome: () => Promise<void>) =>
      expect(async () => {
        const button = form.getByRole("button", { name: "Save the rule" });
        if ((await button.isVisible()) && (await button.isEnabled())) await button.click();
        await outcome();
      }).toPass({ timeout: 120_000 });
    // A scope that is empty is refused with the nearest name.
    const refusal = form.getByRole("alert").filter({ hasText: "Did you mean" });
    await saves(() => expect(refusal).toContainText(endpoint.slice(0, 10)));
    await form.getByLabel("Endpoint is").fill(endpoint);
    const result = page.getByLabel("Result of the backtest");
    await expect(result).toBeVisible({ timeout: 60_000 });
    await page.getByRole("slider", { name: "Threshold" }).press("ArrowRight");
    await form.getByLabel("Threshold", { exact: true }).fill("10");
    await saves(() => expect(page).toHaveURL(/\/alerts\/rules\/[0-9a-f-]{36}/));
    const ruleId = new URL(page.url()).pathname.split("/").at(-1)!;

    const heard = () => typesAbout(hook, channel, ruleName);
    await expect.poll(heard, { timeout: 150_000, message: "what the receiver heard" }).toEqual(["firing"]);
    const [firing] = toldAbout(hook, channel, ruleName);
    expect(isSignedWith(secret, firing!)).toBe(true);
    const { data } = JSON.parse(firing!.body) as { data: { url: string; incident: { state: string } } };
    expect(data.incident.state).toBe("triggered");

    // Where the notification leads.
    await page.goto(new URL(data.url).pathname);
    await settled(page);
    await expect(page.getByRole("heading", { name: new RegExp(endpoint) })).toBeVisible();
    const told = page.getByRole("region", { name: "Who was told" });
    await expect(told).toContainText(channel);
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await expect(page.getByRole("region", { name: "History" })).toContainText("Acknowledged by");
    await expect.poll(heard, { timeout: 30_000 }).toEqual(["firing", "acknowledged"]);
    await page.getByRole("link", { name: "Silence", exact: true }).click();
    await expect(page.getByRole("dialog").getByLabel("Values 1")).toHaveValue(ruleName);
    await page.goBack();
    await settled(page);
    await page.getByLabel("Comment", { exact: true }).fill("Looking at the upstream.");
    await page.getByRole("button", { name: "Add comment" }).click();
    await expect(page.getByRole("region", { name: "Comments" })).toContainText("Looking at the upstream.");
    await page.getByRole("button", { name: "Resolve" }).click();
    await expect(page.getByRole("region", { name: "History" })).toContainText("Resolved by");
    await expect.poll(heard, { timeout: 30_000 }).toEqual(["firing", "acknowledged", "resolved"]);
    const ids = toldAbout(hook, channel, ruleName).map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(3);
    await page.reload();
    await expect(told.getByText("Delivered")).toHaveCount(3);
    await told.getByRole("link", { name: channel }).first().click();
    await expect(page.getByRole("dialog")).toContainText("Delivered");

    await page.goto(`/alerts/rules/${ruleId}`);
    await settled(page);
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page).toHaveURL(/\/alerts\/rules$/);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("row").filter({ hasText: endpoint })).toBeVisible();
    await removeRoute(page, `Route of ${endpoint}`);
    await deleteChannel(page, channel);
    await page.context().close();
  });
});
