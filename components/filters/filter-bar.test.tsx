import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter, type OnUrlUpdateFunction } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { FilterBar } from "./filter-bar";
import { useFilters } from "./use-filters";

vi.mock("next/navigation", () => ({ usePathname: () => "/explore" }));

const workspace = {
  name: "Test",
  timeZone: "America/New_York",
  currency: "USD",
  demo: false,
  user: { id: "u1", name: "Ada", role: "analyst" as const },
};
// Nothing here depends on typing speed, and layout is not computed.
const user = userEvent.setup({ delay: null, pointerEventsCheck: 0 });
const urls: { query: string; history: string }[] = [];
const onUrlUpdate: OnUrlUpdateFunction = ({ queryString, options }) =>
  urls.push({ query: queryString, history: options.history });

function Probe() {
  const { base, href } = useFilters();
  return (
    <>
      <output aria-label="base">{JSON.stringify(base)}</output>
      <a href={href("/requests", { modelServed: ["gpt-4o, mini"] })}>drill</a>
    </>
  );
}

function show(search = "") {
  render(
    <NuqsTestingAdapter searchParams={search} onUrlUpdate={onUrlUpdate} hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider value={workspace}>
          <FilterBar dimensions={["tenant"]} />
          <Probe />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
const base = () => JSON.parse(screen.getByLabelText("base").textContent ?? "{}") as Record<string, unknown>;
const last = () => urls.at(-1);

const asked: Record<string, unknown>[] = [];
beforeEach(() => {
  urls.length = 0;
  asked.length = 0;
  vi.stubGlobal("fetch", (_path: string, init?: RequestInit) => {
    asked.push(JSON.parse(String(init?.body)) as Record<string, unknown>);
    return Promise.resolve(
      Response.json({
        rows: ["acme", "globex"].map((tenant) => ({ bucket: null, tenant, requests: { value: "5" } })),
        warnings: [],
      }),
    );
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("FilterBar", () => {
  it("asks for the last 24 hours against the period before, with nothing in the address", () => {
    show();
    expect(screen.getByRole("button", { name: "Time range: Last 24 hours" })).toBeInTheDocument();
    expect(base()).toMatchObject({ compare: "previous", filters: [] });
    expect(screen.getByRole("link", { name: "drill" })).toHaveAttribute("href", "/requests?modelServed=gpt-4o%252C+mini");
  });

  it("puts a chosen range into the address as a step that Back undoes, and the default out of it", async () => {
    show();
    await user.click(screen.getByRole("button", { name: /^Time range/ }));
    await user.click(screen.getByRole("button", { name: "Last 7 days" }));
    expect(last()).toEqual({ query: "?range=7d", history: "push" });
    await user.click(screen.getByRole("button", { name: /^Time range/ }));
    await user.click(screen.getByRole("button", { name: "Last 24 hours" }));
    expect(last()).toEqual({ query: "", history: "push" });
  });

  it("reads an absolute range in the zone of the workspace and refuses one that ends before it begins", async () => {
    show();
    await user.click(screen.getByRole("button", { name: /^Time range/ }));
    const dialog = screen.getByRole("dialog", { name: "Time range" });
    expect(within(dialog).getByText("Times in America/New_York")).toBeInTheDocument();
    const [from, to] = [within(dialog).getByLabelText("From"), within(dialog).getByLabelText("To")];
    await user.clear(from);
    await user.type(from, "2026-11-10T00:00");
    await user.clear(to);
    await user.type(to, "2026-11-09T00:00");
    await user.click(within(dialog).getByRole("button", { name: "Apply range" }));
    expect(within(dialog).getByRole("alert")).toHaveTextContent("The end must be after the start.");
    await user.clear(to);
    await user.type(to, "2026-11-11T00:00");
    await user.click(within(dialog).getByRole("button", { name: "Apply range" }));
    expect(base()).toMatchObject({ from: "2026-11-10T05:00:00.000Z", to: "2026-11-11T05:00:00.000Z" });
  });

  it("offers the values of the period and filters by what is ticked", async () => {
    show();
    await user.click(screen.getByRole("button", { name: "Filter by tenant" }));
    await user.click(await screen.findByLabelText("globex"));
    expect(asked[0]).toMatchObject({ metrics: ["requests"], groupBy: ["tenant"] });
    expect(last()?.query).toBe("?tenant=globex");
    expect(base()).toMatchObject({ filters: [{ dimension: "tenant", in: ["globex"] }] });
  });

  it("shows a filter that has no button of its own, and takes it away", async () => {
    show("?status=timeout&tenant=acme");
    await user.click(screen.getByRole("button", { name: "Remove filter Status timeout" }));
    expect(last()?.query).toBe("?tenant=acme");
    await user.click(screen.getByRole("button", { name: "Clear" }));
    expect(last()?.query).toBe("");
  });
});
