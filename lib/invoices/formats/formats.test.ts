import { describe, expect, it } from "vitest";
import { readCsvInvoice } from "./read-csv-invoice";
import { readJsonInvoice } from "./read-json-invoice";
import { meterOf, modelOf } from "./read-line";

const csv = (text: string) =>
  readCsvInvoice(
    (async function* () {
      yield text;
    })(),
  );

describe("CSV", () => {
  it("keeps what it can read and reports the rest with its line", async () => {
    const read = await csv(
      [
        "Invoice number,Category,Model,Meter,Description,Start,End,Quantity,Unit,Amount,Currency",
        "INV-7,Usage,gpt-4.1-2025-04-14,Input Tokens,gpt-4.1 input,2026-11-01,2026-12-01,120.5,1000000 Tokens,241.00,USD",
        "INV-7,Usage,gpt-4.1,Output,gpt-4.1 output,2026-11-01,2026-12-01,NaN,1000000 Tokens,10,USD",
        "INV-7,Usage,gpt-4.1,Output",
        "INV-7,Fee,,,Support,2026-11-01,2026-12-01,,,5,USD",
        "INV-7,Tax,,,VAT 19 %,2026-11-01,2026-12-01,,,45.79,USD",
        'INV-7,Credit,,,"Credit, start-up",2026-11-01,2026-12-01,,,-20,USD',
        "INV-7,Usage,o3,Output,o3 output,2026-11-01,2026-12-01,1,,1e300,USD",
        "INV-7,Usage,o3,Output,o3 output,2026-11-01,2026-10-01,1,,1,USD",
        "INV-7,Usage,o3,Output,o3 output,2026-11-01,2026-12-01,1,,1,EUR",
      ].join("\n"),
    );
    expect(read).toMatchObject({ format: "csv", number: "INV-7", currency: "USD" });
    expect(
      read.lines.map(({ line, category, model, meter, quantity, amount }) => [line, category, model, meter, quantity, amount]),
    ).toEqual([
      [2, "usage", "gpt-4.1", "input", "120500000", "241"],
      [6, "tax", null, null, null, "45.79"],
      [7, "credit", null, null, null, "-20"],
    ]);
    expect(read.problems.map(({ line, problem }) => `${line}: ${problem}`)).toEqual([
      '3: The quantity "NaN" is no decimal.',
      "4: It has 4 cells; the header has 11.",
      '5: The category "Fee" is none of Usage, Credit, Tax, Purchase, Adjustment.',
      '8: The amount "1e300" is no decimal like 12.34.',
      '9: The end "2026-10-01" is not after the start.',
      "10: It is in EUR, the lines before in USD: an invoice is in one currency.",
    ]);
  });

  it("of FOCUS InvoiceDetail is read by its columns", async () => {
    const read = await csv(
      "InvoiceId,InvoiceDetailId,BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,SkuId,SkuMeter,PricingQuantity,PricingUnit,ContractedUnitPrice\n" +
        "I-1,d-1,1025.0,USD,Usage,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,openai/gpt-4o/input,Input Tokens,410.0,1000000 Tokens,2.5\n",
    );
    expect(read.format).toBe("focus");
    expect(read.lines[0]).toMatchObject({
      lineId: "d-1",
      sku: "openai/gpt-4o/input",
      model: "gpt-4o",
      meter: "input",
      quantity: "410000000",
      amount: "1025",
    });
  });

  it("without an amount says which columns it looks for", async () => {
    expect((await csv("model,date\ngpt,2026-11-01")).problems[0]!.problem).toContain("amount (billedcost, amount, cost, total)");
  });
});

// Recorded from the providers' documentation of these interfaces.
describe("answers of providers", () => {
  it("OpenAI costs: days of UTC, dollars, items that name model and meter", () => {
    const read = readJsonInvoice(
      JSON.stringify({
        object: "page",
        data: [
          {
            object: "bucket",
            start_time: 1_793_491_200,
            end_time: 1_793_577_600,
            results: [
              {
                object: "organization.costs.result",
                amount: { value: 0.06, currency: "usd" },
                line_item: "gpt-4.1-2025-04-14, cached input",
                project_id: null,
              },
              {
                object: "organization.costs.result",
                amount: { value: 1.5, currency: "usd" },
                line_item: "web search tool calls",
                project_id: null,
              },
              { object: "organization.costs.result", amount: { value: null, currency: "usd" }, line_item: "x" },
            ],
          },
        ],
        has_more: false,
        next_page: null,
      }),
    );
    expect(read).toMatchObject({
      format: "openai-costs",
      provider: "openai",
      currency: "USD",
      problems: [{ line: 3, problem: "The amount is no number." }],
    });
    expect(read.lines.map(({ model, meter, amount, from, to }) => [model, meter, amount, from, to])).toEqual([
      ["gpt-4.1", "cacheRead", "0.06", "2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z"],
      [null, null, "1.5", "2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z"],
    ]);
  });

  it("OpenAI usage: input holds the cached part, ours are disjoint; quantities have no amount", () => {
    const usage = {
      object: "organization.usage.completions.result",
      input_tokens: 1000,
      output_tokens: 500,
      input_cached_tokens: 800,
      num_model_requests: 5,
      model: "gpt-4o-mini-2024-07-18",
    };
    const read = readJsonInvoice(
      JSON.stringify([{ data: [{ start_time: 1_793_491_200, end_time: 1_793_577_600, results: [usage] }] }]),
    );
    expect(read.lines.map(({ model, meter, quantity, amount }) => [model, meter, quantity, amount])).toEqual([
      ["gpt-4o-mini", "cacheRead", "800", "0"],
      ["gpt-4o-mini", "output", "500", "0"],
      ["gpt-4o-mini", "input", "200", "0"],
    ]);
  });

  it("Anthropic cost_report: cents as decimal text, so 123.45 is $1.2345", () => {
    const result = {
      amount: "123.45",
      context_window: "0-200k",
      cost_type: "tokens",
      currency: "USD",
      description: "Claude Sonnet 4.5 Usage - Input Tokens",
      model: "claude-sonnet-4-5-20250929",
      service_tier: "standard",
      token_type: "uncached_input_tokens",
      workspace_id: null,
    };
    const search = {
      ...result,
      amount: "50",
      cost_type: "web_search",
      description: "Web Search Usage",
      model: null,
      token_type: null,
    };
    const bucket = {
      starting_at: "2026-11-01T00:00:00Z",
      ending_at: "2026-11-02T00:00:00Z",
      results: [result, search, { ...result, amount: "cheap" }],
    };
    const read = readJsonInvoice(JSON.stringify({ data: [bucket], has_more: false, next_page: null }));
    expect(read).toMatchObject({
      provider: "anthropic",
      currency: "USD",
      problems: [{ line: 3, problem: "The amount is no decimal text." }],
    });
    expect(read.lines.map(({ model, meter, amount }) => [model, meter, amount])).toEqual([
      ["claude-sonnet-4-5", "input", "1.2345"],
      [null, null, "0.5"],
    ]);
  });

  it.each(["{", "[]x", '{"rows":[]}', "null"])("refuses %s with a reason", (text) => {
    expect(readJsonInvoice(text).problems[0]!.problem).toMatch(/not JSON|no list/);
  });
});

describe("names", () => {
  it.each([
    ["uncached_input_tokens", "input"],
    ["cache_read_input_tokens", "cacheRead"],
    ["cache_creation.ephemeral_1h_input_tokens", "cacheWrite1h"],
    ["cache_creation.ephemeral_5m_input_tokens", "cacheWrite5m"],
    ["output_tokens", "output"],
    ["Cached Input Tokens", "cacheRead"],
    ["Web Search", null],
  ])("%s is the meter %s", (text, meter) => {
    expect(meterOf(text)).toBe(meter);
  });
  it("a dated model is its model", () => {
    expect([modelOf("gpt-4o-2024-08-06"), modelOf("claude-sonnet-4-5-20250929"), modelOf("O3")]).toEqual([
      "gpt-4o",
      "claude-sonnet-4-5",
      "o3",
    ]);
  });
});
