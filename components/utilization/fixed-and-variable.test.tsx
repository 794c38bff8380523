import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { makeQueryClient } from "@/components/query";
import type { MetricQuery } from "@/lib/metrics/schemas";
import { FixedAndVariable } from "./fixed-and-variable";

function show(spent: Record<string, string | null>) {
  const asked: MetricQuery[] = [];
  vi.stubGlobal("fetch", async (_path: string, init?: RequestInit) => {
    const query = JSON.parse(String(init?.body)) as MetricQuery;
    asked.push(query);
    const [metric] = query.metrics as [string];
    return Response.json({
      rows: [{ bucket: null, [metric]: { value: spent[metric] } }],
      completeness: {},
      plan: {},
      warnings: [],
    });
  });
  const { container } = render(
    <QueryClientProvider client={makeQueryClient()}>
      <FixedAndVariable from="2026-11-01T00:00:00.000Z" to="2026-11-02T00:00:00.000Z" />
    </QueryClientProvider>,
  );
  return { asked, container };
}
afterEach(() => vi.unstubAllGlobals());

it("sets GPU hours, which are paid whatever runs, beside API calls alone: $300 of $400 are 75 %", async () => {
  const { asked } = show({ gpu_cost_usd: "300", cost_usd: "100" });
  const card = await screen.findByRole("region", { name: "Fixed and variable cost" });
  for (const text of ["$300.00 fixed", "$100.00 variable", "75.0% is fixed"]) expect(card).toHaveTextContent(text);
  // Internal rates of own pools are no spend: calls of pools are left out.
  expect(asked.find(({ metrics }) => metrics.includes("cost_usd"))?.filters).toEqual([{ dimension: "pool", in: [""] }]);
});

it("says nothing where nothing was spent", async () => {
  const { asked, container } = show({ gpu_cost_usd: null, cost_usd: null });
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(container).toBeEmptyDOMElement();
});
