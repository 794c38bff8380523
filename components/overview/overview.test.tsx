import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { MetricQuery } from "@/lib/metrics/schemas";
import { Overview } from "./overview";

vi.mock("next/navigation", () => ({ usePathname: () => "/", useRouter: () => ({ push: vi.fn<(href: string) => void>() }) }));

const TOTALS: Record<string, string | null> = {
  cost_usd: "112",
  cost_per_successful_request: "0.0042",
  requests: "26000",
  tokens_total: "84800000",
  success_rate: "0.998",
  latency_p95: null,
  cache_hit_rate: null,
  waste_usd: "3.5",
  waste_share: "0.03125",
  cost_failed_usd: "1",
  cost_retried_usd: "2",
  cost_duplicate_usd: "0.5",
  saved_usd: "42",
  unpriced_requests: "7",
  priced_share: "0.9997",
  gpu_idle_cost_usd: "180",
};
const asked: MetricQuery[] = [];

/** Answers every question with the totals above; the period before was 100 dollars. */
function serve(watermark: string | null = "2026-11-20T14:32:00.000Z") {
  asked.length = 0;
  vi.stubGlobal("fetch", (_path: string, init?: RequestInit) => {
    const query = JSON.parse(String(init?.body)) as MetricQuery;
    asked.push(query);
    const cells = Object.fromEntries(query.metrics.map((id) => [id, { value: TOTALS[id] ?? null, compare: { value: "100" } }]));
    const group = Object.fromEntries((query.groupBy ?? []).map((dimension) => [dimension, "acme"]));
    const bucket = query.grain && query.grain !== "total" ? "2026-11-20T10:00:00.000Z" : null;
    return Promise.resolve(
      Response.json({
        rows: watermark === null ? [] : [{ bucket, ...group, ...cells }],
        completeness: {
          watermark,
          pricedShare: watermark && "0.9997",
          late: 12,
          duplicates: 3,
          conflicts: 0,
          rejected: 1,
          mismatched: 0,
        },
        plan: {},
        warnings: [],
      }),
    );
  });
}

function show(search = "?range=absolute&from=2026-11-20T00:00:00.000Z&to=2026-11-20T15:00:00.000Z") {
  render(
    <NuqsTestingAdapter searchParams={search} hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "Test", timeZone: "UTC", currency: "USD", demo: true, user: { id: "u1", name: "Ada", role: "analyst" } }}
        >
          <Overview />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
const href = (link: HTMLElement) => decodeURIComponent(link.getAttribute("href") ?? "");

afterEach(() => vi.unstubAllGlobals());

describe("Overview", () => {
  it("shows every key figure as a link, with its change in words", async () => {
    serve();
    show();
    const figures = screen.getByRole("region", { name: "Key figures" });
    expect(await within(figures).findByRole("link", { name: "Cost: $112.00. Cost up 12%, worse" })).toBeInTheDocument();
    expect(within(figures).getByRole("link", { name: /^Latency p95: fewer than 20 requests/ })).toBeInTheDocument();
    expect(within(figures).getByRole("link", { name: /^Cache hit rate: no lookups/ })).toBeInTheDocument();
    expect(within(figures).getByRole("link", { name: /^Idle GPU cost: \$180.00/ })).toHaveAttribute(
      "href",
      expect.stringMatching(/^\/utilization\?range=absolute/),
    );
    expect(within(figures).getAllByRole("link")).toHaveLength(8);
  });

  it("says how complete the numbers are and leads to what has no price", async () => {
    serve();
    show();
    const strip = await screen.findByRole("region", { name: "Data completeness" });
    expect(strip).toHaveTextContent("Complete to 14:32");
    expect(strip).toHaveTextContent("99.97% of requests priced");
    expect(strip).toHaveTextContent("12 late");
    // What was refused can be looked at; a zero is no link.
    expect(strip).toHaveTextContent("0 conflicts");
    expect(within(strip).queryByRole("link", { name: "0 conflicts" })).toBeNull();
    expect(href(within(strip).getByRole("link", { name: "1 rejected" }))).toMatch(/^\/dead-letters\?range=absolute/);
    expect(href(within(strip).getByRole("link", { name: "7 unpriced" }))).toContain("/explore?metrics=unpriced_requests");
  });

  it("ranks waste, and each kind leads to what explains it", async () => {
    serve();
    show();
    const list = await screen.findByRole("list", { name: "Waste by kind" });
    expect(
      within(list)
        .getAllByRole("link")
        .map((link) => link.textContent?.match(/^\D+/)?.[0].replace(/[+−].*/, "")),
    ).toEqual(["Idle GPU time", "Retries", "Failed and cancelled attempts", "Duplicate requests"]);
    expect(href(within(list).getAllByRole("link")[1]!)).toContain("metrics=cost_retried_usd&by=endpoint");
    expect(screen.getByText(/Request waste, each attempt counted once: \$3.50 \(3.1% of cost\)/)).toBeInTheDocument();
  });

  it("asks for the GPU bill without the filters that a node does not know", async () => {
    serve();
    show("?tenant=acme");
    await screen.findByRole("list", { name: "Waste by kind" });
    const gpu = asked.filter(({ metrics }) => metrics.includes("gpu_idle_cost_usd"));
    expect(gpu.length).toBeGreaterThan(0);
    for (const query of gpu) expect(query.filters).toEqual([]);
    expect(asked.find(({ metrics }) => metrics.includes("waste_usd"))?.filters).toEqual([{ dimension: "tenant", in: ["acme"] }]);
  });

  it("leads a new workspace to connecting a source", async () => {
    serve(null);
    show();
    expect(await screen.findByText("No usage has been received yet")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Connect a source" })).toHaveAttribute("href", "/welcome");
  });
});
