import { expect, test, type Page } from "@playwright/test";
import { pageOf, settled, sql, stackUrl } from "./journey";

interface Target {
  name: string;
  connector: string;
  pool: string | null;
  simulated: boolean;
  liveness: string;
  rollout: string;
  running: { generation: number } | null;
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
                 and gateway is not null order by 1`,
              [since],
            )
          ).length,
        { timeout: 180_000, intervals: [3_000] },
      )
      .toBe(2);
    await page.context().close();
  });

  test("a lead quantizes a pool: its engines are replaced one beside the other, and the telemetry shows it; then back", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "lead");
    const ref = "kind=engine&level=pool&value=llama-8b";
    const read = async () => {
      const answer = await page.request.get(`/api/v1/policies/history?${ref}`);
      return (await answer.json()) as { versions: { version: number }[] };
    };
    const save = async (quantization: string) => {
      const { versions } = await read();
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
      const answer = await page.request.post("/api/v1/policies", {
        data: { kind: "engine", scope, document, baseVersion: versions[0]!.version, message: `quantization ${quantization}` },
        headers: { origin: stackUrl() },
      });
      expect([answer.status(), answer.ok() ? "" : await answer.text()]).toEqual([200, ""]);
    };
    const generations = async () =>
      (await targetsOf(page)).filter(({ pool }) => pool === "llama-8b").map(({ running }) => running?.generation ?? 0);
    const settledAt = async (at: number) => {
      await expect.poll(generations, { timeout: 120_000 }).toEqual([at, at, at, at]);
      return new Date(Date.now() + 5_000);
    };
    const before = Math.max(...(await generations()));

    await save("awq");
    const quantized = await settledAt(before + 1);
    await expect.poll(() => samplesSince("llama-8b", quantized), { timeout: 60_000, intervals: [3_000] }).toHaveLength(4);
    // 16 GB of weights leave 1,875 blocks of an L4's memory for the KV cache; 5.7 GB leave 6,802.
    expect((await samplesSince("llama-8b", quantized)).map(({ blocks }) => blocks)).toEqual(["6802", "6802", "6802", "6802"]);

    await save("none");
    const restored = await settledAt(before + 2);
    await expect.poll(() => samplesSince("llama-8b", restored), { timeout: 60_000, intervals: [3_000] }).toHaveLength(4);
    expect((await samplesSince("llama-8b", restored)).map(({ blocks }) => blocks)).toEqual(["1875", "1875", "1875", "1875"]);
    await page.context().close();
  });
});
