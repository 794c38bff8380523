import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CachingPage } from "@/components/caching/caching-page";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { TenantsPage } from "@/components/tenants/tenants-page";
import { UtilizationPage } from "@/components/utilization/utilization-page";
import type { Allocations } from "@/lib/allocation/schemas";
import type { FleetPool } from "@/lib/fleet/schemas";
import type { MetricCell, MetricQuery, MetricRow } from "@/lib/metrics/schemas";
import { PerformancePage } from "./performance-page";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: () => undefined }), usePathname: () => "/performance" }));

/** The network stands still: what the API would answer, by path; rows of a query by what it asks. */
let answers: Record<string, () => unknown>;
let rowsOf: (query: MetricQuery) => MetricRow[];
const queries: MetricQuery[] = [];
beforeEach(() => {
  queries.length = 0;
  answers = { "/api/v1/saved-views": () => ({ views: [] }) };
  rowsOf = () => [];
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    const path = url.split("?")[0]!;
    const own = answers[path];
    if (path === "/api/v1/query" && !own) {
      const query = JSON.parse(String(init?.body)) as MetricQuery;
      queries.push(query);
      return Response.json({ rows: rowsOf(query), completeness: {}, plan: {}, warnings: [] });
    }
    const body = own?.() ?? Response.json({ title: "Not found", detail: path }, { status: 404 });
    return body instanceof Response ? body : Response.json(body);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(children: ReactNode, search = "") {
  const user = { id: "u1", name: "Ada", role: "analyst" as const };
  return render(
    <NuqsTestingAdapter searchParams={search} hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user }}>
          {children}
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
const cells = (values: Record<string, MetricCell>) => values;
const groupedBy = (dimension: string) => queries.filter((query) => query.groupBy?.[0] === dimension);

describe("/performance", () => {
  it("keeps a failure inside the cards, quotes the request id, and asks again on request", async () => {
    let failing = true;
    answers["/api/v1/query"] = () =>
      failing
        ? Response.json(
            { title: "Internal error", detail: "Something failed on our side.", requestId: "req-77" },
            { status: 500 },
          )
        : { rows: [], completeness: {}, plan: {}, warnings: [] };
    show(<PerformancePage />);
    const card = await screen.findByRole("region", { name: "By model" });
    await within(card).findByRole("alert");
    expect(card).toHaveTextContent("req-77");
    failing = false;
    await userEvent.click(within(card).getByRole("button", { name: "Try again" }));
    expect(await within(card).findByText("No data in this period")).toBeInTheDocument();
  });

  it("groups by what is chosen, shows how many observations a percentile has, and leads to the slow requests", async () => {
    rowsOf = ({ groupBy }) =>
      groupBy?.[0]
        ? [
            {
              bucket: null,
              [groupBy[0]]: "acme",
              ...cells({
                requests: { value: "40" },
                latency_p95: { value: "1500", count: "38" },
                latency_p99: { value: null, count: "3" },
              }),
            },
          ]
        : [];
    show(<PerformancePage />, "?by=tenant&tenant=acme");
    const table = await screen.findByRole("table", { name: "Performance by tenant" });
    const row = within(table).getByRole("row", { name: /acme/ });
    expect(within(row).getByText("38")).toBeInTheDocument();
    expect(within(row).getByRole("link", { name: "1.5 s" })).toHaveAttribute("href", "/requests?tenant=acme&sort=slowest");
    expect(within(row).getAllByText("< 20").length).toBeGreaterThan(0);
    expect(groupedBy("tenant")[0]!.filters).toEqual([{ dimension: "tenant", in: ["acme"] }]);

    await userEvent.click(screen.getByRole("button", { name: "Failures" }));
    expect(within(table).getByRole("columnheader", { name: "Timeouts" })).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Route" }));
    await waitFor(() => expect(groupedBy("route")).toHaveLength(1));
  });
});

describe("/caching", () => {
  it("says no lookups, never 0 %, and shows both definitions with what they are made of", async () => {
    rowsOf = ({ groupBy, grain }) =>
      groupBy?.length || grain !== undefined
        ? []
        : [
            {
              bucket: null,
              ...cells({
                cache_hit_rate: { value: null, numerator: "0", denominator: "0" },
                cache_hit_rate_tokens: { value: "0.25", numerator: "2500", denominator: "10000" },
                saved_prefix_usd: { value: "1.5" },
              }),
            },
          ];
    show(<CachingPage />);
    const card = await screen.findByRole("region", { name: "By layer" });
    expect(await within(card).findByText("2,500 read ÷ 10,000 input tokens")).toBeInTheDocument();
    expect(within(card).getByText("read ÷ (uncached + read + write)")).toBeInTheDocument();
    const exact = within(card).getByRole("row", { name: /Exact/ });
    expect(exact).toHaveTextContent("no lookups");
    expect(within(exact).getByRole("link")).toHaveAttribute("href", "/requests?cacheOutcome=exact");
    expect(screen.getByRole("link", { name: /Cache hit rate: no lookups/ })).toBeInTheDocument();
  });
});

describe("/utilization", () => {
  const pool: FleetPool = {
    id: "llama",
    name: "Llama pool",
    model: "llama-3.3-70b",
    engine: "vllm",
    simulated: true,
    nodes: [
      { id: "n1", gpuType: "H100", gpuCount: 8, region: null, commitment: null, simulated: true, state: "stale", reading: null },
    ],
  };
  const tenant = {
    tenant: "acme",
    requests: "120",
    uncachedTokens: "6000000",
    cachedTokens: "0",
    decodeTokens: "300000",
    share: "0.566929134",
    busyUsd: "6.3496063",
    idleUsd: "0",
    otherUsd: "0",
    allocatedUsd: "6.3496063",
    energyKwh: "1",
  };
  const allocations = (over: Partial<Allocations>): Allocations => ({
    limited: false,
    completeTo: "2026-11-20T12:00:00Z",
    restatedHours: 0,
    pendingHours: 0,
    pools: [
      {
        pool: "llama",
        model: "llama-3.1-8b",
        hours: 24,
        methods: [{ method: "work-nnls", hours: 24 }],
        fit: {
          day: "2026-11-20",
          uncached: 1,
          cached: 0,
          decode: 4,
          kvTokenSecond: 0,
          r2: 0.9731,
          rmse: 2,
          relativeError: 0.12,
          observations: 2_016,
          trusted: true,
        },
        idleMode: "none",
        tenants: [tenant],
        bill: {
          busyUsd: "11.2",
          idleUsd: "16.8",
          lines: [],
          totalUsd: "28",
          residualUsd: "4.8503937",
          idleUnallocatedUsd: "16.8",
          tokens: "6300000",
        },
        breakEven: {
          apiModel: "llama-3.1-8b-instant",
          apiProvider: "groq",
          apiUsd: "0.3",
          apiPer1mUsd: "0.05",
          ownPer1mUsd: "4.44",
          ratio: "88.9",
          breakEvenTokens: "560000000",
        },
      },
    ],
    lines: [],
    ...over,
  });

  it("shows method, R², both bases, what nobody's request explains, idle on its own line, the bill, and the API price", async () => {
    answers["/api/v1/pools"] = () => ({ pools: [pool] });
    answers["/api/v1/allocations"] = () => allocations({});
    show(<UtilizationPage />);
    const card = await screen.findByRole("region", { name: "Llama pool" });
    expect(card).toHaveTextContent("simulated");
    expect(card).toHaveTextContent("0 of 1 live");
    expect(card).toHaveTextContent("Fitted work24 h");
    expect(card).toHaveTextContent("1·uncached + 0·cached + 4·output");
    expect(card).toHaveTextContent("R² 0.973 · off by 12.0% · 2,016 readings");
    expect(card).toHaveTextContent("$4.44 here, $0.05 at groq");
    expect(card).toHaveTextContent("88.9 × dearer than there; even from 560M tokens in this period");
    const table = within(card).getByRole("table", { name: "Tenants' share of llama" });
    expect(within(table).getByRole("row", { name: /acme/ })).toHaveTextContent("56.7%$6.35$0.00$6.35");
    expect(within(table).getByRole("row", { name: /^Busy without recorded requests/ })).toHaveTextContent("$4.85");
    expect(within(table).getByRole("row", { name: /^Idle/ })).toHaveTextContent("$16.80");
    expect(within(table).getByRole("row", { name: /^Total/ })).toHaveTextContent("$28.00");
    expect(within(table).getByRole("link", { name: /acme/ })).toHaveAttribute("href", "/requests?tenant=acme&pool=llama");
  });

  it("names commitments that nobody ran and hours that were restated", async () => {
    answers["/api/v1/pools"] = () => ({ pools: [pool] });
    answers["/api/v1/allocations"] = () =>
      allocations({ restatedHours: 2, lines: [{ kind: "unused-commitment", subject: "c1", gpuHours: "12", usd: "36" }] });
    show(<UtilizationPage />);
    const beside = await screen.findByRole("region", { name: "Beside the pools" });
    expect(beside).toHaveTextContent("2 hours were allocated anew");
    expect(beside).toHaveTextContent("nobody ran c112 h · $36.00");
  });

  it("tells a person limited to tenants why there is no number of the whole, instead of drawing empty charts", async () => {
    answers["/api/v1/pools"] = () => ({ pools: [pool] });
    const [own] = allocations({}).pools;
    answers["/api/v1/allocations"] = () =>
      allocations({
        limited: true,
        lines: null,
        pools: [{ ...own!, bill: null, breakEven: null, tenants: [{ ...tenant, share: null }] }],
      });
    show(<UtilizationPage />);
    const table = await screen.findByRole("table", { name: "Tenants' share of llama" });
    expect(within(table).getAllByRole("row")).toHaveLength(2);
    expect(screen.getByText(/You see your own tenants' part of the pools/)).toBeInTheDocument();
    expect(screen.queryByRole("region", { name: "Busy and idle dollars" })).toBeNull();
    expect(screen.queryByText("Idle dollars")).toBeNull();
  });

  it("asks about nodes only: a tenant that came along in the address is left out", async () => {
    answers["/api/v1/pools"] = () => ({ pools: [] });
    answers["/api/v1/allocations"] = () => allocations({ pools: [] });
    show(<UtilizationPage />, "?tenant=acme&pool=llama");
    expect(await screen.findByText("No GPU pool to show")).toBeInTheDocument();
    // Fixed against variable cost is of the whole workspace, and says so.
    const ofTheWhole = new Set(["gpu_cost_usd", "cost_usd"]);
    const ofNodes = queries.filter(({ metrics }) => !ofTheWhole.has(metrics.join()));
    expect(ofNodes.length).toBeGreaterThan(0);
    for (const query of ofNodes) expect(query.filters).toEqual([{ dimension: "pool", in: ["llama"] }]);
    expect(JSON.stringify(queries)).not.toContain("acme");
  });
});

describe("/tenants", () => {
  it("labels who nobody has confirmed, shows the change in words too, and adds up exactly", async () => {
    answers["/api/v1/tenants"] = () => ({
      tenants: [
        { id: "acme", name: "Acme Inc.", discovered: false, archivedAt: null, createdAt: "" },
        { id: "new", name: "new", discovered: true, archivedAt: null, createdAt: "" },
      ],
    });
    rowsOf = ({ groupBy, grain }) =>
      groupBy?.[0] === "tenant" && grain === undefined
        ? [
            { bucket: null, tenant: "acme", cost_usd: { value: "0.2", compare: { value: "0.1" } }, requests: { value: "30" } },
            { bucket: null, tenant: "new", cost_usd: { value: "0.1", compare: { value: null } }, requests: { value: "12" } },
          ]
        : [];
    show(<TenantsPage />);
    const table = await screen.findByRole("table", { name: "Tenants" });
    const acme = await within(table).findByRole("row", { name: /Acme Inc\./ });
    expect(acme).toHaveTextContent("+100%");
    expect(acme).toHaveTextContent("worse");
    expect(within(acme).getByRole("link", { name: "Acme Inc." })).toHaveAttribute("href", "/tenants/acme");
    expect(within(acme).getByRole("link", { name: "30" })).toHaveAttribute("href", "/requests?tenant=acme");
    expect(within(table).getByRole("row", { name: /^new/ })).toHaveTextContent("discovered");
    expect(within(table).getByRole("row", { name: /^Total/ })).toHaveTextContent("$0.30");
  });
});
