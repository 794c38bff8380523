import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { MetricQuery } from "@/lib/metrics/schemas";
import { Explore } from "./explore";

vi.mock("next/navigation", () => ({
  usePathname: () => "/explore",
  useRouter: () => ({ push: vi.fn<(href: string) => void>() }),
}));

const asked: MetricQuery[] = [];
const urls: string[] = [];
const user = userEvent.setup({ delay: null, pointerEventsCheck: 0 });

const VALUES: Record<string, { cost: string; before: string }> = {
  acme: { cost: "60", before: "50" },
  globex: { cost: "40", before: "50" },
};

beforeEach(() => {
  asked.length = 0;
  urls.length = 0;
  vi.stubGlobal("fetch", (_path: string, init?: RequestInit) => {
    const query = JSON.parse(String(init?.body)) as MetricQuery;
    asked.push(query);
    const [first, ...others] = query.groupBy ?? [];
    const rows = first
      ? Object.entries(VALUES).map(([name, { cost, before }]) => ({
          bucket: query.grain && query.grain !== "total" ? "2026-11-20T10:00:00.000Z" : null,
          [first]: name,
          ...Object.fromEntries(others.map((dimension) => [dimension, "gpt-4o"])),
          ...Object.fromEntries(query.metrics.map((id) => [id, { value: cost, compare: { value: before } }])),
        }))
      : [{ bucket: null, ...Object.fromEntries(query.metrics.map((id) => [id, { value: "100", compare: { value: "100" } }])) }];
    return Promise.resolve(Response.json({ rows, completeness: { watermark: null }, plan: {}, warnings: [] }));
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(search = "", role: "viewer" | "analyst" = "analyst") {
  render(
    <NuqsTestingAdapter searchParams={search} onUrlUpdate={({ queryString }) => urls.push(queryString)} hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "Test", timeZone: "UTC", currency: "USD", demo: true, user: { id: "u1", name: "Ada", role } }}
        >
          <Explore />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
const cells = (row: HTMLElement) =>
  within(row)
    .getAllByRole("cell")
    .map((cell) => cell.textContent);
const href = (link: HTMLElement) => decodeURIComponent(link.getAttribute("href") ?? "");

describe("Explore", () => {
  it("sets each number beside its comparison, in dollars and percent, with totals asked for on their own", async () => {
    show();
    const table = await screen.findByRole("table", { name: "Cost by Tenant" });
    await within(table).findByText("$100.00");
    const rows = within(table).getAllByRole("row");
    expect(cells(rows[1]!)).toEqual(["acme", "$60.0060%", "+$10.00", "+20%Cost up 20%, worse"]);
    expect(cells(rows[2]!)).toEqual(["globex", "$40.0040%", "−$10.00", "−20%Cost down 20%, better"]);
    expect(cells(rows[3]!)).toEqual(["Total", "$100.00", "$0.00", "0%"]);
    expect(asked.some(({ groupBy, grain }) => (groupBy ?? []).length === 0 && grain === undefined)).toBe(true);
  });

  it("makes every number a link one level deeper, and the last one the requests", async () => {
    show("?endpoint=support.answer&by=tenant");
    const table = await screen.findByRole("table", { name: "Cost by Tenant" });
    expect(href(within(table).getByRole("link", { name: "$60.00" }))).toBe(
      "/explore?by=modelServed&tenant=acme&endpoint=support.answer",
    );
  });

  it("ends at the requests with the same filters", async () => {
    show("?endpoint=support.answer&modelServed=gpt-4o&range=7d");
    const table = await screen.findByRole("table", { name: "Cost by Tenant" });
    expect(href(within(table).getByRole("link", { name: "acme" }))).toBe(
      "/requests?range=7d&tenant=acme&endpoint=support.answer&modelServed=gpt-4o",
    );
  });

  it("keeps the question in the address", async () => {
    show();
    await user.click(screen.getByRole("button", { name: "Remove grouping by Tenant" }));
    expect(urls.at(-1)).toBe("?by=");
    await user.click(screen.getByRole("button", { name: "Bar" }));
    expect(urls.at(-1)).toBe("?by=&chart=bar");
    await user.click(screen.getByRole("button", { name: "Metrics: Cost" }));
    await user.type(screen.getByLabelText("Search metrics"), "cache hit rate");
    await user.click(screen.getByLabelText("Cache hit rate"));
    expect(urls.at(-1)).toBe("?by=&chart=bar&metrics=cost_usd,cache_hit_rate");
  });

  it("pivots two dimensions against each other", async () => {
    show("?chart=pivot&by=tenant,modelServed");
    const table = await screen.findByRole("table", { name: "Cost, Tenant by Model" });
    expect(
      within(table)
        .getAllByRole("columnheader")
        .map((header) => header.textContent),
    ).toEqual(["Tenant", "gpt-4o"]);
    expect(href(within(table).getByRole("link", { name: "$60.00" }))).toBe("/explore?by=endpoint&tenant=acme&modelServed=gpt-4o");
  });

  it("starts from questions that are plain links", () => {
    show();
    const questions = screen.getByRole("navigation", { name: "Starting questions" });
    expect(href(within(questions).getByRole("link", { name: /this week vs last week/ }))).toBe(
      "/explore?metrics=cost_per_successful_request,cost_usd,successes&grain=day&range=7d&compare=last_week",
    );
  });

  it("names a metric that does not exist and shows the rest", async () => {
    show("?metrics=cots,requests");
    expect(await screen.findByText(/There is no metric "cots"/)).toBeInTheDocument();
    expect(asked.every(({ metrics }) => !metrics.includes("cots"))).toBe(true);
  });

  it("offers the whole answer as CSV to analysts, and no export to viewers", async () => {
    show();
    await screen.findByRole("table", { name: "Cost by Tenant" });
    const query = JSON.parse(
      new URL(screen.getByRole("link", { name: "CSV" }).getAttribute("href")!, "http://x").searchParams.get("query")!,
    ) as MetricQuery;
    expect(query).toMatchObject({ metrics: ["cost_usd"], groupBy: ["tenant"], compare: "previous", limit: 10_000 });
  });

  it("keeps exports from viewers", async () => {
    show("", "viewer");
    await screen.findByRole("table", { name: "Cost by Tenant" });
    expect(screen.queryByRole("link", { name: "CSV" })).toBeNull();
  });
});
