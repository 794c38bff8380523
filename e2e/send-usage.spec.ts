import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test, type Page } from "@playwright/test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { pageOf, settled, sql, stackUrl } from "./journey";

const run = promisify(execFile);

/** Make a key through the API that the settings page uses, with the admin's session. */
async function makeKey(page: Page, name: string): Promise<string> {
  const answer = await page.request.post("/api/v1/api-keys", {
    data: { name, scopes: ["ingest", "read"] },
    headers: { origin: stackUrl() },
  });
  expect(answer.ok()).toBe(true);
  const body = (await answer.json()) as { secret?: string; key?: string };
  return (body.secret ?? body.key)!;
}

test.describe("an engineer connects a source", () => {
  test("with the curl line that /welcome shows: it arrives while they watch, priced, and is one click away", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "admin");
    await page.goto("/welcome");
    await settled(page);
    await page
      .getByRole("button", { name: /create/i })
      .first()
      .click();
    await expect(page.getByText(/Copy it now/)).toBeVisible();
    const command = await page.locator("pre").filter({ hasText: "curl -sS" }).first().innerText();
    const { stdout } = await run("sh", ["-c", command]);
    const sent = Date.now();
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, rejected: 0 });
    await expect(page.getByText(/received/i).first()).toBeVisible({ timeout: 10_000 });

    await page.goto("/?range=1h&endpoint=hello.curl");
    await expect(page.getByRole("link", { name: /^Requests: [1-9]/ })).toBeVisible();
    // Said, not asserted: speed lives in the benchmarks.
    test
      .info()
      .annotations.push({ type: "seen on the dashboard after", description: `${Date.now() - sent} ms, page load included` });
    const [row] = await sql<{ cost_nano: string; pricing_state: string }>(
      "select cost_nano, pricing_state from telemetry.event where endpoint = 'hello.curl' order by received_at desc limit 1",
    );
    // gpt-4o-mini: 812 × $0.15 + 1024 × $0.075 + 203 × $0.60 per 1M = $0.0003204
    expect(row).toEqual({ cost_nano: "320400", pricing_state: "priced" });
    await page.context().close();
  });

  for (const [kind, Exporter] of [
    ["JSON", JsonExporter],
    ["protobuf", ProtobufExporter],
  ] as const) {
    test(`with an unmodified OpenTelemetry SDK, OTLP/HTTP ${kind}: GenAI spans are priced`, async ({ browser }) => {
      const page = await pageOf(browser, "admin");
      await page.goto("/welcome");
      const key = await makeKey(page, `otel ${kind}`);
      const endpoint = `otel.${kind.toLowerCase()}`;
      const exporter: SpanExporter = new Exporter({
        url: `${stackUrl()}/api/otlp/v1/traces`,
        headers: { Authorization: `Bearer ${key}` },
      });
      const provider = new BasicTracerProvider({
        resource: resourceFromAttributes({ "service.name": "checkout", "tenant.id": "brightcart" }),
        spanProcessors: [new SimpleSpanProcessor(exporter)],
      });
      const span = provider.getTracer("app").startSpan("chat gpt-4o-mini", {
        kind: SpanKind.CLIENT,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-4o-mini",
          "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
          "gen_ai.usage.input_tokens": 1836,
          "gen_ai.usage.cache_read.input_tokens": 1024,
          "gen_ai.usage.output_tokens": 203,
          "gen_ai.input.messages": "a secret that must never be stored",
          "headroom.endpoint": endpoint,
        },
      });
      span.setStatus({ code: SpanStatusCode.OK });
      span.end();
      await provider.forceFlush();
      await provider.shutdown();

      const read = () =>
        sql<{ cost: string; tenant: string; input: string }>(
          "select cost_nano::text as cost, tenant, input::text from telemetry.event where endpoint = $1",
          [endpoint],
        );
      await expect.poll(async () => (await read()).length, { timeout: 20_000 }).toBe(1);
      // The same tokens as the curl line above, so the same cost to the nano-dollar.
      expect((await read())[0]).toEqual({ cost: "320400", tenant: "brightcart", input: "812" });
      const leaked = await sql("select 1 from telemetry.event e where e::text like '%a secret that must never%'");
      expect(leaked).toEqual([]);
      await page.context().close();
    });
  }
});
