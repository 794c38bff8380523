import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { BarChart } from "./bar-chart";
import { TimeChart, type TimeChartProps } from "./time-chart";

const workspace = {
  name: "Test",
  timeZone: "Europe/Paris",
  currency: "USD",
  demo: false,
  user: { id: "1", name: "Ada", role: "analyst" as const },
};
const points = [
  { at: "2026-11-20T10:00:00.000Z", value: 1.5 },
  { at: "2026-11-20T11:00:00.000Z", value: null },
  { at: "2026-11-20T12:00:00.000Z", value: 2, partial: true },
];
const show = (props: Partial<TimeChartProps> = {}) =>
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <WorkspaceProvider value={workspace}>
        <TimeChart title="Cost by tenant" unit="usd" grain="hour" series={[{ id: "acme", label: "acme", points }]} {...props} />
      </WorkspaceProvider>
    </QueryClientProvider>,
  );
beforeEach(() => vi.stubGlobal("fetch", async () => Response.json({ annotations: [] })));
afterEach(() => vi.unstubAllGlobals());

it("has an accessible name", () => {
  show();
  expect(screen.getByRole("figure", { name: "Cost by tenant" })).toBeInTheDocument();
});

it("gives the same numbers as a table, in the workspace zone, gaps as unknown", async () => {
  show();
  await userEvent.click(screen.getByRole("button", { name: "View Cost by tenant as table" }));
  const rows = within(screen.getByRole("table", { name: "Cost by tenant" })).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual([
    "Timeacme",
    "Fri, 20 Nov 2026, 11:00$1.50",
    "Fri, 20 Nov 2026, 12:00—",
    "Fri, 20 Nov 2026, 13:00 (not over yet)$2.00",
  ]);
});

it("names a band once in the legend, and has both edges of it in the table", async () => {
  const edge = (side: "low" | "high", value: number) => ({
    id: side,
    label: `80 % band, ${side === "low" ? "lower" : "upper"}`,
    points: points.map(({ at }) => ({ at, value })),
    band: { label: "80 % band", edge: side, of: "acme" },
  });
  show({ series: [{ id: "acme", label: "acme", points }, edge("high", 3), edge("low", 1)] });
  const figure = screen.getByRole("figure", { name: "Cost by tenant" });
  expect(
    within(figure)
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent),
  ).toEqual(["acme", "80 % band"]);
  await userEvent.click(screen.getByRole("button", { name: "View Cost by tenant as table" }));
  const [head, first] = within(screen.getByRole("table", { name: "Cost by tenant" })).getAllByRole("row");
  expect(head!.textContent).toBe("Timeacme80 % band, upper80 % band, lower");
  expect(first!.textContent).toContain("$1.50$3.00$1.00");
});

it("drills down from the legend", async () => {
  const onSeriesClick = vi.fn<(id: string) => void>();
  show({ onSeriesClick });
  await userEvent.click(screen.getByRole("button", { name: "Filter by acme" }));
  expect(onSeriesClick).toHaveBeenCalledWith("acme");
});

it("ranks bars as links that word their change", () => {
  render(
    <BarChart
      title="Waste by kind"
      unit="usd"
      direction="lower"
      items={[{ id: "idle", label: "Idle GPU time", value: 12, compare: 10, href: "/utilization" }]}
    />,
  );
  const link = within(screen.getByRole("list", { name: "Waste by kind" })).getByRole("link");
  expect(link).toHaveAttribute("href", "/utilization");
  expect(link).toHaveTextContent("Idle GPU time+20%, worse$12.00");
});
