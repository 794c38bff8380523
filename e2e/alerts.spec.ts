/** From a rule to its end: what fires, who is told, what a person does about it. */
import { expect, test } from "@playwright/test";
import { pageOf, settled, sql, stackUrl } from "./journey";

test.describe("an admin watches a number", () => {
  test("makes a rule on its backtest, it fires on injected data, is acknowledged and resolved", async ({ browser }) => {
    test.setTimeout(300_000);
    const page = await pageOf(browser, "admin");
    const endpoint = `e2e.alerts.${Date.now()}`;
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
    await form.getByLabel("Name", { exact: true }).fill(`Errors of ${endpoint}`);
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
    await form.getByRole("button", { name: "Save the rule" }).click();
    // A scope that is empty is refused with the nearest name.
    await expect(form.getByRole("alert").filter({ hasText: "Did you mean" })).toContainText(endpoint.slice(0, 10));
    await form.getByLabel("Endpoint is").fill(endpoint);
    const result = page.getByLabel("Result of the backtest");
    await expect(result).toBeVisible({ timeout: 30_000 });
    await page.getByRole("slider", { name: "Threshold" }).press("ArrowRight");
    await form.getByLabel("Threshold", { exact: true }).fill("10");
    await form.getByRole("button", { name: "Save the rule" }).click();
    await expect(page).toHaveURL(/\/alerts\/rules\/[0-9a-f-]{36}/);
    const ruleId = new URL(page.url()).pathname.split("/").at(-1)!;

    const incidents = () =>
      sql<{ id: string; phase: string }>("select id, phase from alert_incident where rule_id = $1", [ruleId]);
    await expect.poll(async () => (await incidents()).map(({ phase }) => phase), { timeout: 150_000 }).toEqual(["firing"]);
    const { id } = (await incidents())[0]!;
    const told = () =>
      sql<{ kind: string }>("select kind from notification where dedupe_key like $1 order by id", [`alert:${id}:%`]);
    await expect.poll(told).toEqual([{ kind: "firing" }]);

    await page.goto(`/alerts/incidents/${id}`);
    await settled(page);
    await expect(page.getByRole("heading", { name: new RegExp(endpoint) })).toBeVisible();
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await expect(page.getByRole("region", { name: "History" })).toContainText("Acknowledged by");
    await page.getByLabel("Comment", { exact: true }).fill("Looking at the upstream.");
    await page.getByRole("button", { name: "Add comment" }).click();
    await expect(page.getByRole("region", { name: "Comments" })).toContainText("Looking at the upstream.");
    await page.getByRole("button", { name: "Resolve" }).click();
    await expect(page.getByRole("region", { name: "History" })).toContainText("Resolved by");
    expect(await told()).toEqual([{ kind: "firing" }, { kind: "acknowledged" }, { kind: "resolved" }]);

    await page.goto(`/alerts/rules/${ruleId}`);
    await settled(page);
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page).toHaveURL(/\/alerts\/rules$/);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("row").filter({ hasText: endpoint })).toBeVisible();
    await page.context().close();
  });
});
