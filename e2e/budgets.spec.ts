import fs from "node:fs";
import { expect, test } from "@playwright/test";
import { CLIENT_KEYS, gatewayProcess, type GatewayProcess } from "@/workers/gateway/testing/gateway-process";
import { testUpstream, type TestUpstream } from "@/workers/gateway/testing/upstream";
import { pageOf, settled, sql, stackUrl } from "./journey";

const DAY_MS = 86_400_000;

test.describe("a lead sets a budget", () => {
  let gateway: GatewayProcess | undefined;
  let upstream: TestUpstream | undefined;
  test.afterAll(async () => {
    await gateway?.kill("SIGTERM");
    if (gateway) fs.rmSync(gateway.dir, { recursive: true, force: true });
    await upstream?.close();
  });

  test("sees the forecast, is told of thresholds, a gateway refuses what is used up, and lets it through when raised", async ({
    browser,
  }) => {
    test.setTimeout(240_000);
    const tenant = `e2e-budget-${Date.now()}`;
    const admin = await pageOf(browser, "admin");
    await admin.goto("/");
    const headers = { origin: stackUrl() };
    const made = await admin.request.post("/api/v1/api-keys", { headers, data: { name: tenant, scopes: ["ingest"] } });
    const { key } = (await made.json()) as { key: string };
    let sent = 0;
    /** A million input tokens of gpt-4.1 cost two dollars, more or less, by whatever price the workspace has. */
    const use = async (daysAgo: number, millions: number) => {
      const event = {
        id: `${tenant}-${sent++}`,
        occurredAt: new Date(Date.now() - daysAgo * DAY_MS - 90_000).toISOString(),
        tenant,
        endpoint: "e2e.budget",
        provider: "openai",
        modelRequested: "gpt-4.1",
        status: "success",
        meters: { input: Math.round(millions * 1e6), output: 0 },
      };
      const answer = await admin.request.post("/api/v1/usage", { headers, data: { events: [event] } });
      expect(await answer.json()).toMatchObject({ accepted: 1 });
    };
    for (const daysAgo of [4, 3, 2, 1]) await use(daysAgo, 1);
    const spent = async () =>
      Number(
        (
          await sql<{ usd: string }>(
            "select coalesce(sum(cost_nano), 0)::numeric / 1e9 as usd from telemetry.event where tenant = $1",
            [tenant],
          )
        )[0]!.usd,
      );
    await expect.poll(spent, { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(async () => (await sql("select 1 from telemetry.event where tenant = $1", [tenant])).length).toBe(4);
    const before = await spent();
    const amount = (before * 2.5).toFixed(2);

    const page = await pageOf(browser, "lead");
    await page.goto(`/budgets/new?tenant=${tenant}`);
    await settled(page);
    await page.getByLabel("Amount (USD)").fill(amount);
    await page.getByLabel("Period").click();
    await page.getByRole("option", { name: "Days from a date" }).click();
    await page.getByLabel("From").fill(new Date(Date.now() - 6 * DAY_MS).toISOString().slice(0, 10));
    await expect(page.getByRole("region", { name: "What it would have said" })).toContainText("Forecast $", { timeout: 20_000 });
    await page.getByLabel(/^Hard:/).check();
    await page.getByRole("button", { name: "Make the budget" }).click();
    await page.waitForURL(/\/budgets\/[0-9a-f-]{36}$/);
    const id = page.url().split("/").at(-1)!;
    const period = page.getByRole("region", { name: "This period" });
    await expect(period).toContainText("Probability of overrun", { timeout: 30_000 });
    const said = page.getByRole("region", { name: "What was said" });
    await expect(said).toContainText("Forecast 100 %", { timeout: 30_000 });
    await expect(said).not.toContainText("Threshold 50 %");

    await use(0, 1.2);
    await expect(said).toContainText("Threshold 50 %", { timeout: 60_000 });
    const notified = () =>
      sql<{ kind: string; dedupe_key: string }>(
        "select kind, dedupe_key from notification where dedupe_key like $1 order by dedupe_key",
        [`budget:${id}:%`],
      );
    expect((await notified()).filter(({ dedupe_key }) => dedupe_key.includes("actual:50"))).toHaveLength(1);

    upstream = await testUpstream();
    gateway = await gatewayProcess({
      upstreams: { a: upstream.url },
      policies: { routing: { routes: { chat: { targets: { a: { upstream: "a", model: "model-a", weight: 1 } } } } } },
      config: {
        console: { url: stackUrl(), ingestKeyEnv: "HEADROOM_INGEST_KEY" },
        identity: { clients: { acme: { keyEnv: "ACME_KEY", tenant } } },
      },
      env: { HEADROOM_INGEST_KEY: key },
    });
    const ask = () =>
      fetch(`${gateway!.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${CLIENT_KEYS.acme}` },
        body: JSON.stringify({ model: "chat", messages: [{ role: "user", content: "hello" }] }),
      });
    const status = async () => {
      const answer = await ask();
      await answer.text();
      return answer.status;
    };
    expect(await status()).toBe(200);

    await use(0, 6);
    await expect(said).toContainText("Capped", { timeout: 60_000 });
    await expect.poll(status, { timeout: 60_000 }).toBe(429);
    const refused = await ask();
    const { error } = (await refused.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("budget_exhausted");
    expect(error.message).toContain(`tenant ${tenant}`);
    expect(error.message).toMatch(/\$[\d.]+ spent of \$[\d.]+\. Requests are accepted again at \d{4}-/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);

    await page.getByRole("link", { name: "Edit" }).click();
    await page.waitForURL(/\/edit$/);
    await page.getByLabel("Amount (USD)").fill((before * 100).toFixed(2));
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/\/budgets\/[0-9a-f-]{36}$/);
    await expect(said).toContainText("Released", { timeout: 60_000 });
    await expect.poll(status, { timeout: 60_000 }).toBe(200);
    // Each was told once, and what was capped and released too.
    const keys = (await notified()).map(({ dedupe_key }) => dedupe_key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((one) => one.includes(":capped:"))).toHaveLength(1);
    await page.context().close();
    await admin.context().close();
  });
});
