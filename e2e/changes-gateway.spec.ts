/** Two changes of what the demo's gateways do, to what everybody gets: an answer cache from a finding, a small model first from a template. */
import { expect, test, type Page } from "@playwright/test";
import { finding, openFinding } from "./advisor-page";
import { approveAndStart, box, planShort, replan, saveDraft, useTemplate } from "./change-page";
import { startTraffic } from "./demo-traffic";
import { pageOf, settled, sql, stackUrl } from "./journey";
import { bookedRow, expectHolds, trueCacheSaving, trueSmallModelSaving } from "./true-saving";

const currentStep = (page: Page) => page.getByRole("list", { name: "Steps" }).locator("[aria-current=step]");

test.describe("changes of what gateways do", () => {
  test.setTimeout(420_000);

  test("the whole loop for kb.answer: from the finding to the row of the ledger that holds the simulator's truth", async ({
    browser,
  }) => {
    const analyst = await pageOf(browser, "analyst");
    const lead = await pageOf(browser, "lead");
    // Found in 30 days of history: the planted repetition without a response cache.
    const found = await openFinding(analyst, /kb\.answer answers the same questions/);
    const traffic = await startTraffic({
      endpoint: "kb.answer",
      route: "rag-default",
      tenants: ["brightcart", "fernway-legal", "northwind-bank", "orbit-logistics", "pixelforge"],
      perSecond: 20,
      outputTokens: 20,
      questions: 400,
    });
    try {
      await found.getByRole("button", { name: "Draft change" }).click();
      await analyst.waitForURL(/\/changes\/[0-9a-f-]{36}$/);
      const id = analyst.url().split("/").at(-1)!;
      await expect(analyst.getByRole("region", { name: "What changes" })).toContainText("exact");
      const origin = analyst.getByRole("link", { name: "The finding it came from" });
      const findingId = new URL((await origin.getAttribute("href"))!, stackUrl()).searchParams.get("id")!;
      await replan(analyst, id, { shares: "50, 100", soakMin: 1.5, minTraffic: 100 });
      await approveAndStart(analyst, lead, id);
      await expect(currentStep(lead)).toContainText("50 % of requests", { timeout: 60_000 });
      await expect(box(lead).getByText("promoted", { exact: true })).toBeVisible({ timeout: 300_000 });

      // Everybody has it now, and telemetry shows what it answers.
      const [promoted] = await sql<{ at: Date }>("select ended_at as at from rollout where change_id = $1", [id]);
      await expect
        .poll(
          async () => {
            const [row] = await sql<{ share: number }>(
              `select coalesce(avg(cache_hit::int), 0)::float as share from telemetry.event
               where endpoint = 'kb.answer' and gateway is not null and occurred_at > $1`,
              [promoted!.at],
            );
            return row!.share;
          },
          { timeout: 60_000 },
        )
        .toBeGreaterThan(0.5);
      await lead.goto("/caching?endpoint=kb.answer&range=1h");
      await settled(lead);
      await expect(lead.getByText(/exact/i).first()).toBeVisible();

      const { row, split } = await bookedRow(lead, id);
      expectHolds(await trueCacheSaving(traffic, "kb.answer", split), split);
      expect(row).toMatchObject({ status: "promoted", standing: "saving", findingId });

      // The row leads back to where it began, and the finding says what became of it.
      await lead.goto("/ledger?standing=saving");
      await settled(lead);
      const line = lead.getByRole("row", { name: new RegExp(`#${row.number} .*kb\\.answer`) });
      await expect(line).toContainText("saving");
      await expect(line.getByRole("link", { name: /kb\.answer/ })).toHaveAttribute("href", `/changes/${id}`);
      await line.getByRole("link", { name: "The finding" }).click();
      await lead.waitForURL(`**/advisor?id=${findingId}`);
      const after = finding(lead, /kb\.answer answers the same questions/);
      await expect(after).toContainText(`Change #${row.number}, promoted.`);
    } finally {
      await traffic.stop();
      await analyst.context().close();
      await lead.context().close();
    }
  });

  test("a small model first on ticket.classify takes a growing share of the requests", async ({ browser }) => {
    const analyst = await pageOf(browser, "analyst");
    const lead = await pageOf(browser, "lead");
    const traffic = await startTraffic({
      endpoint: "ticket.classify",
      route: "classify",
      tenants: ["brightcart", "northwind-bank", "lumen-health", "orbit-logistics", "pixelforge"],
      perSecond: 20,
      outputTokens: 3,
    });
    try {
      await useTemplate(analyst, "small-model-first", {
        level: "An endpoint",
        value: "ticket.classify",
        fields: { Route: "classify" },
      });
      await planShort(analyst, { shares: "20, 50, 100", minTraffic: 40 });
      const id = await saveDraft(analyst);
      await approveAndStart(analyst, lead, id);
      for (const step of ["20 % of requests", "50 % of requests", "Everybody"]) {
        await expect(currentStep(lead)).toContainText(step, { timeout: 240_000 });
      }
      await expect(box(lead).getByText("promoted", { exact: true })).toBeVisible({ timeout: 120_000 });
      const [promoted] = await sql<{ at: Date }>("select ended_at as at from rollout where change_id = $1", [id]);
      await expect
        .poll(
          () =>
            sql(
              `select distinct model_served as model from telemetry.event
               where endpoint = 'ticket.classify' and gateway is not null and attempt = 1 and occurred_at > $1`,
              [promoted!.at],
            ),
          { timeout: 60_000 },
        )
        .toEqual([{ model: "gpt-4.1-mini" }]);

      const { split } = await bookedRow(lead, id);
      expectHolds(await trueSmallModelSaving(traffic, "ticket.classify", split), split);
      await lead.goto("/ledger?standing=saving");
      await settled(lead);
      await expect(
        lead.getByRole("row", { name: /tries gpt-4.1-mini first for endpoint ticket.classify/ }).first(),
      ).toContainText("saving");
      await expect(lead.getByText("Booked so far")).toBeVisible();
    } finally {
      await traffic.stop();
      await analyst.context().close();
      await lead.context().close();
    }
  });
});
