/**
 * Two changes of an engine's number format on the live demo fleet: FP8 goes wave by wave to a whole pool; INT8, which the
 * demo makes harmful there (80 % slower, three answers in ten fail), takes itself back.
 */
import { expect, test, type Page } from "@playwright/test";
import type { RolloutView } from "@/lib/changes/schemas";
import { act, approveAndStart, box, evaluate, planShort, saveDraft, useTemplate } from "./change-page";
import { startTraffic, type Traffic } from "./demo-traffic";
import { pageOf, sql } from "./journey";

const POOL = "llama-8b";

/** What the pool's engines are told now, as its agents read it back. */
const formatsOfPool = async () =>
  (
    await sql<{ format: string }>(
      `select p.payload::jsonb #>> '{content,engine,quantization}' as format from target t
         join target_payload p on p.hash = t.effective_hash where t.name like $1 order by t.name`,
      [`${POOL}-%`],
    )
  ).map(({ format }) => format);

test.describe.configure({ mode: "serial" });
test.describe("number formats on a pool of the demo fleet", () => {
  test.setTimeout(480_000);
  let traffic: Traffic;
  let analyst: Page;
  let lead: Page;

  test.beforeAll(async ({ browser }) => {
    analyst = await pageOf(browser, "analyst");
    lead = await pageOf(browser, "lead");
    traffic = await startTraffic({
      endpoint: "docs.summarize",
      route: "summarize",
      // Costs are compared within a tenant: more of them are more blocks a minute.
      tenants: ["fernway-legal", "northwind-bank", "lumen-health", "brightcart", "orbit-logistics"],
      perSecond: 20,
      outputTokens: 8,
      streams: true,
    });
  });
  test.afterAll(async () => {
    await traffic.stop();
    await analyst.context().close();
    await lead.context().close();
  });

  test("FP8: drafted, evaluated, approved by somebody else, in waves, guarded, promoted", async () => {
    await useTemplate(analyst, "fp8", { value: POOL });
    await planShort(analyst, { minTraffic: 60 });
    await expect(analyst.getByText(/quantization none → fp8/).first()).toBeVisible();
    const id = await saveDraft(analyst);
    // What is missing is said: the answers of a model change.
    await expect(act(analyst, "Submit for review")).toBeVisible();
    await evaluate(analyst);
    await approveAndStart(analyst, lead, id);

    const steps = lead.getByRole("list", { name: "Steps" });
    for (const wave of ["1 of 4 targets", "2 of 4 targets", "4 of 4 targets"]) {
      await expect(steps.locator("[aria-current=step]")).toContainText(wave, { timeout: 240_000 });
    }
    await expect(box(lead).getByText("promoted", { exact: true })).toBeVisible({ timeout: 180_000 });
    expect(await formatsOfPool()).toEqual(["fp8", "fp8", "fp8", "fp8"]);
    const [change] = await sql<{ status: string }>("select status from change where id = $1", [id]);
    expect(change!.status).toBe("promoted");
  });

  test("INT8: harmful, takes itself back and says why", async () => {
    await useTemplate(analyst, "int8", { value: POOL });
    await planShort(analyst, { minTraffic: 60 });
    await expect(analyst.getByText(/quantization fp8 → int8/).first()).toBeVisible();
    const id = await saveDraft(analyst);
    await evaluate(analyst);
    await approveAndStart(analyst, lead, id);
    await expect(box(lead).getByText("rolled back", { exact: true })).toBeVisible({ timeout: 300_000 });
    await expect(box(lead)).toContainText(/Worse than allowed: Errors|requests of the canary failed/);
    expect(await formatsOfPool()).toEqual(["fp8", "fp8", "fp8", "fp8"]);
    // How quickly, on the screen; and that it is so: from the decision to the last order to go back.
    const guardrails = lead.getByRole("region", { name: "Guardrails" });
    await expect(guardrails).toContainText(/the order was out \d+\.\d s later, and everybody was back after \d+\.\d s/);
    await expect(guardrails.getByRole("region", { name: "Errors" })).toContainText(
      /times as often|more often than the baseline|Only in the canary/,
    );
    const { wentBack } = (await (await lead.request.get(`/api/v1/rollouts/${await rolloutOf(id)}`)).json()) as RolloutView;
    const offeredMs = Date.parse(wentBack!.orderedAt!) - Date.parse(wentBack!.knownUntil!);
    expect(offeredMs).toBeLessThan(20_000);
  });
});

const rolloutOf = async (changeId: string) =>
  (await sql<{ id: string }>("select id from rollout where change_id = $1", [changeId]))[0]!.id;
