import { expect, test, type Page } from "@playwright/test";
import { DEMO_PASSWORD } from "@/lib/auth/demo-people";
import { pageOf, settled, sql, stackUrl } from "./journey";

interface Target {
  name: string;
  connector: string;
  pool: string | null;
  simulated: boolean;
  liveness: string;
  rollout: string;
}

const targetsOf = async (page: Page): Promise<Target[]> => {
  const answer = await page.request.get("/api/v1/targets");
  return ((await answer.json()) as { targets: Target[] }).targets;
};

/** What the agents of a pool have told since a moment. */
const samplesSince = (pool: string, at: Date) =>
  sql<{ node: string; blocks: string | null }>(
    "select distinct node, extra->>'setup_num_gpu_blocks' as blocks from telemetry.node_sample where pool = $1 and at > $2 order by 1",
    [pool, at],
  );

test.describe("the demo fleet is made of real targets", () => {
  test.setTimeout(300_000);

  test("two gateways and eight nodes are online with what they were ordered, and labelled as simulated", async ({ browser }) => {
    const page = await pageOf(browser, "lead");
    await expect
      .poll(async () => (await targetsOf(page)).map(({ liveness, rollout }) => `${liveness} ${rollout}`), { timeout: 120_000 })
      .toEqual(Array.from({ length: 10 }, () => "online healthy"));
    const targets = await targetsOf(page);
    expect(targets.every(({ simulated }) => simulated)).toBe(true);
    expect(targets.filter(({ connector }) => connector === "headroom-gateway").map(({ name }) => name)).toEqual([
      "gw-eu-1",
      "gw-us-1",
    ]);
    await page.goto("/fleet");
    await settled(page);
    for (const name of ["gw-eu-1", "llama-8b-n1", "qwen-coder-32b-n4"]) await expect(page.getByText(name).first()).toBeVisible();
    await expect(page.getByText(/simulated/i).first()).toBeVisible();

    // Live requests are the gateways' own telemetry: they carry the generation of the policy that decided them.
    const since = new Date(Date.now() - 600_000);
    await expect
      .poll(
        async () =>
          (
            await sql<{ gateway: string }>(
              `select distinct gateway from telemetry.event where occurred_at > $1 and generation >= 1 and variant = 'control'
                 and gateway in ('gw-eu-1', 'gw-us-1') order by 1`,
              [since],
            )
          ).length,
        { timeout: 180_000, intervals: [3_000] },
      )
      .toBe(2);
    await page.context().close();
  });

  test("a pool is quantized by a change: its engines are replaced one beside the other, and the telemetry shows it; then back", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "lead");
    await sql("update app_user set may_break_glass = true where email = 'lead@demo.headroom'");
    const ref = "kind=engine&level=pool&value=llama-8b";
    const post = async (path: string, data: object) => {
      const answer = await page.request.post(path, { data, headers: { origin: stackUrl() } });
      expect([answer.status() < 300, answer.ok() ? "" : await answer.text()]).toEqual([true, ""]);
      return answer;
    };
    /** By break-glass, so that neither an evaluation nor two more people are needed: what is looked at here are the engines. */
    const change = async (quantization: string) => {
      const history = await page.request.get(`/api/v1/policies/history?${ref}`);
      const { versions } = (await history.json()) as { versions: { version: number }[] };
      const document = {
        model: "llama-3.1-8b-instruct",
        servedModelName: "llama-3.1-8b-instruct",
        quantization,
        maxNumSeqs: 64,
        maxNumBatchedTokens: 8_192,
        gpuMemoryUtilization: 0.9,
        enablePrefixCaching: true,
      };
      const scope = { level: "pool", value: "llama-8b" };
      const drafted = await post("/api/v1/changes", {
        title: `Quantization ${quantization}`,
        rationale: "To see the engines follow",
        edits: [{ kind: "engine", scope, document, baseVersion: versions[0]!.version }],
        plan: { strategy: "nodes", sharesPercent: [100], soakMin: 0, bakeMin: 0, minTraffic: 0 },
      });
      const { id } = (await drafted.json()) as { id: string };
      const { contentHash } = (await (await page.request.get(`/api/v1/changes/${id}`)).json()) as { contentHash: string };
      const glass = { reason: "A journey", incidentUrl: "https://incidents.example/1", password: DEMO_PASSWORD };
      await post(`/api/v1/changes/${id}/actions`, { kind: "break_glass", contentHash, ...glass });
      const status = async () => ((await (await page.request.get(`/api/v1/changes/${id}`)).json()) as { status: string }).status;
      await expect.poll(status, { timeout: 120_000 }).toBe("promoted");
      const healthy = async () => (await targetsOf(page)).filter(({ pool }) => pool === "llama-8b").map(({ rollout }) => rollout);
      await expect.poll(healthy, { timeout: 60_000 }).toEqual(["healthy", "healthy", "healthy", "healthy"]);
      return new Date(Date.now() + 5_000);
    };

    const quantized = await change("awq");
    await expect.poll(() => samplesSince("llama-8b", quantized), { timeout: 60_000, intervals: [3_000] }).toHaveLength(4);
    // 16 GB of weights leave 1,875 blocks of an L4's memory for the KV cache; 5.7 GB leave 6,802.
    expect((await samplesSince("llama-8b", quantized)).map(({ blocks }) => blocks)).toEqual(["6802", "6802", "6802", "6802"]);

    const restored = await change("none");
    await expect.poll(() => samplesSince("llama-8b", restored), { timeout: 60_000, intervals: [3_000] }).toHaveLength(4);
    expect((await samplesSince("llama-8b", restored)).map(({ blocks }) => blocks)).toEqual(["1875", "1875", "1875", "1875"]);
    await page.context().close();
  });
});
