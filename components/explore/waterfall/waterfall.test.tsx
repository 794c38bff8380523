import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { WaterfallQuery, WaterfallResult } from "@/lib/metrics/waterfall/schemas";
import { axisOf, mainReasons, prepareWaterfall } from "./prepare-waterfall";
import { WhyCost } from "./why-cost";

vi.mock("next/navigation", () => ({
  usePathname: () => "/explore",
  useRouter: () => ({ push: vi.fn<(href: string) => void>() }),
}));

const none = { volume: "0", mix: "0", price: "0", tokens: "0", cache: "0", retries: "0", other: "0" };
/** $7,300 → $6,310: the golden numbers, and a new model of $10. */
const result: WaterfallResult = {
  before: { from: "2026-11-12T12:00:00.000Z", to: "2026-11-13T12:00:00.000Z", costUsd: "7300", requests: "1000" },
  after: { from: "2026-11-19T12:00:00.000Z", to: "2026-11-20T12:00:00.000Z", costUsd: "6310", requests: "1501" },
  drivers: { ...none, volume: "3650", mix: "-4050", price: "-600" },
  models: [
    {
      provider: "p",
      model: "large",
      state: "continuing",
      beforeUsd: "7000",
      afterUsd: "5400",
      drivers: { ...none, volume: "3500", mix: "-4500", price: "-600" },
    },
    {
      provider: "p",
      model: "small",
      state: "continuing",
      beforeUsd: "300",
      afterUsd: "900",
      drivers: { ...none, volume: "150", mix: "450" },
    },
    { provider: "q", model: "fresh", state: "new", beforeUsd: "0", afterUsd: "10", drivers: none },
  ],
  warnings: [],
};

describe("the bars", () => {
  it("each begins where the one before ended, from the old cost to the new", () => {
    const bars = prepareWaterfall(result);
    expect(bars.map(({ id, from, to }) => [id, from, to])).toEqual([
      ["before", 0, 7_300],
      ["volume", 7_300, 10_950],
      ["mix", 6_900, 10_950],
      ["price", 6_300, 6_900],
      ["tokens", 6_300, 6_300],
      ["cache", 6_300, 6_300],
      ["retries", 6_300, 6_300],
      ["new:q/fresh", 6_300, 6_310],
      ["after", 0, 6_310],
    ]);
    expect(mainReasons(bars).map(({ id }) => id)).toEqual(["mix", "volume"]);
  });

  it("the axis begins at zero, unless what moved could not be seen beside the totals", () => {
    expect(axisOf(prepareWaterfall(result))).toEqual({ low: 0, high: 10_950, cut: false });
    const small = { ...result, after: { ...result.after, costUsd: "7330" }, drivers: { ...none, volume: "30" }, models: [] };
    expect(axisOf(prepareWaterfall(small))).toEqual({ low: 7_290, high: 7_330, cut: true });
  });

  it("many new models share a bar beyond the fourth", () => {
    const models = Array.from({ length: 7 }, (_, n) => ({ ...result.models[2]!, model: `m${n}` }));
    const bars = prepareWaterfall({ ...result, models });
    expect(bars.filter(({ id }) => id.startsWith("new:")).map(({ label, amount }) => [label, amount])).toEqual([
      ["m0", 10],
      ["m1", 10],
      ["m2", 10],
      ["m3", 10],
      ["3 more new models", 30],
    ]);
  });
});

describe("the view", () => {
  const asked: WaterfallQuery[] = [];
  const user = userEvent.setup({ delay: null, pointerEventsCheck: 0 });
  beforeEach(() => {
    asked.length = 0;
    vi.stubGlobal("fetch", (_path: string, init?: RequestInit) => {
      asked.push(JSON.parse(String(init?.body)) as WaterfallQuery);
      return Promise.resolve(Response.json(result));
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  function show(search = "") {
    render(
      <NuqsTestingAdapter searchParams={search} hasMemory>
        <QueryClientProvider client={makeQueryClient()}>
          <WorkspaceProvider
            value={{
              name: "Test",
              timeZone: "UTC",
              currency: "USD",
              demo: true,
              user: { id: "u1", name: "Ada", role: "viewer" },
            }}
          >
            <WhyCost />
          </WorkspaceProvider>
        </QueryClientProvider>
      </NuqsTestingAdapter>,
    );
  }
  const href = (link: HTMLElement) => decodeURIComponent(link.getAttribute("href") ?? "");

  it("says in words what moved, with the filters and the comparison of the bar above", async () => {
    show("compare=last_week&tenant=acme");
    expect(
      await screen.findByText(
        /Cost fell by \$990\.00 \(14%\)\. Most of it: Model mix −\u2060\$4,050\.00, Volume \+\u2060\$3,650\.00\./,
      ),
    ).toBeVisible();
    expect(asked[0]).toMatchObject({ compare: "last_week", filters: [{ dimension: "tenant", in: ["acme"] }] });
  });

  it("compares with the period before when comparison is off, and says so", async () => {
    show("compare=off");
    expect(await screen.findByText(/comparison is off/)).toBeVisible();
    expect(asked[0]!.compare).toBe("previous");
  });

  it("every bar is a link to its rows, told apart without colour", async () => {
    show("tenant=acme");
    const chart = await screen.findByRole("list", { name: "Cost before, what moved it, cost after" });
    const links = within(chart).getAllByRole("link");
    expect(links).toHaveLength(9);
    expect(links[1]).toHaveAccessibleName(/Volume.*adds.*\$3,650\.00/);
    expect(links[2]).toHaveAccessibleName(/Model mix.*saves.*\$4,050\.00/);
    expect(href(links[1]!)).toBe("/explore?metrics=requests,cost_usd&by=modelServed&chart=bar&tenant=acme");
    expect(href(links[7]!)).toMatch(/^\/requests\?.*provider=q.*modelServed=fresh/);
    expect(href(links[0]!)).toContain("from=2026-11-12T12:00:00.000Z");
  });

  it("has the same numbers as a table, and model by model", async () => {
    show();
    await screen.findByRole("list", { name: "Cost before, what moved it, cost after" });
    await user.click(screen.getByRole("button", { name: "View why cost changed as table" }));
    const table = await screen.findByRole("table", { name: "What moved cost" });
    expect(within(table).getAllByRole("row")).toHaveLength(10);
    const models = await screen.findByRole("table", { name: "Change of cost by model" });
    expect(within(models).getByRole("row", { name: /large.*−\u2060\$1,600\.00/ })).toBeVisible();
  });
});
