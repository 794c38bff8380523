/** Two changes of what the demo's gateways do, from a template to what everybody gets: an answer cache, and a small model first. */
import { expect, test, type Page } from "@playwright/test";
import type { LedgerView } from "@/lib/advisor/ledger/schemas";
import { approveAndStart, box, planShort, saveDraft, useTemplate } from "./change-page";
import { startTraffic } from "./demo-traffic";
import { pageOf, settled, sql } from "./journey";

const currentStep = (page: Page) => page.getByRole("list", { name: "Steps" }).locator("[aria-current=step]");

test.describe("changes of what gateways do", () => {
  test.setTimeout(420_000);

  test("an exact cache for kb.answer is promoted, and the telemetry shows what it answers", async ({ browser }) => {
    const analyst = await pageOf(browser, "analyst");
    const lead = await pageOf(browser, "lead");
    const traffic = await startTraffic({
      endpoint: "kb.answer",
      route: "rag-default",
      tenants: ["brightcart", "fernway-legal", "northwind-bank", "orbit-logistics", "pixelforge"],
      perSecond: 20,
      outputTokens: 20,
      questions: 400,
    });
    try {
      await useTemplate(analyst, "exact-cache", { level: "An endpoint", value: "kb.answer" });
      await planShort(analyst, { shares: "50, 100", soakMin: 1.5, minTraffic: 100 });
      const id = await saveDraft(analyst);
      await approveAndStart(analyst, lead, id);
      await expect(currentStep(lead)).toContainText("50 % of requests", { timeout: 60_000 });
      await expect(box(lead).getByText("promoted", { exact: true })).toBeVisible({ timeout: 300_000 });

      // Hits are counted from the moment everybody has it.
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

      // The loop is closed: what was surely saved is booked, and the interval is where the simulator's truth is.
      const row = async () => ((await (await lead.request.get(`/api/v1/ledger?change=${id}`)).json()) as LedgerView).rows[0]!;
      await expect.poll(async () => (await row()).measurements[0]?.final, { timeout: 120_000 }).toBe(true);
      const split = (await row()).measurements[0]!;
      expect(split.method).toBe("split");
      const [low, high] = [Number(split.lowUsd), Number(split.highUsd)];
      expect(low).toBeGreaterThan(0);
      // A 95 % interval misses one run in twenty; twice as wide it misses one in ten thousand.
      const slack = (high - low) / 2;
      const truth = await trueSaving(split.from, split.to);
      expect(truth).toBeGreaterThan(low - slack);
      expect(truth).toBeLessThan(high + slack);
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

/**
 * What the simulator knows and the ledger does not: simulated models count the same tokens, so each canary request would have
 * cost exactly these tokens at the large model's $3 and $15 per 1M. In dollars.
 */
async function trueSaving(from: string, to: string): Promise<number> {
  const [row] = await sql<{ nano: string }>(
    `select sum(case when final and status = 'success' then input * 3000 + output * 15000 else 0 end) - sum(cost_nano) as nano
     from telemetry.event where endpoint = 'ticket.classify' and variant = 'canary' and occurred_at >= $1 and occurred_at < $2`,
    [from, to],
  );
  return Number(row!.nano) / 1e9;
}
