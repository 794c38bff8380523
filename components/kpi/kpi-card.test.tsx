import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { KpiCard } from "./kpi-card";

const card = { label: "Cost", unit: "usd", direction: "lower", href: "/explore" } as const;

it("is a link that words the number and its change", () => {
  render(<KpiCard {...card} value="112" compare="100" />);
  const link = screen.getByRole("link", { name: "Cost: $112.00. Cost up 12%, worse" });
  expect(link).toHaveAttribute("href", "/explore");
  expect(link).toHaveTextContent("+12%");
  expect(link).toHaveTextContent("+$12.00, worse");
});

it("says no baseline instead of infinite percent", () => {
  render(<KpiCard {...card} value="112" compare="0" />);
  expect(screen.getByRole("link")).toHaveTextContent("no baseline");
  expect(screen.getByRole("link").textContent).not.toMatch(/∞|Infinity|NaN/);
});

it("tells no data from zero", () => {
  const { rerender } = render(<KpiCard {...card} label="Cache hit rate" unit="ratio" value={null} noData="no lookups" />);
  expect(screen.getByRole("link", { name: /Cache hit rate: no lookups/ })).toHaveTextContent("—");
  rerender(<KpiCard {...card} label="Cache hit rate" unit="ratio" value="0" noData="no lookups" />);
  expect(screen.getByRole("link", { name: /Cache hit rate: 0.0%/ })).toBeInTheDocument();
});

it("is no link while it loads", () => {
  render(<KpiCard {...card} value={undefined} />);
  expect(screen.queryByRole("link")).toBeNull();
});

it("shows no change where the comparison period has data for a part only", () => {
  render(<KpiCard {...card} value="2081" compare="71" baselineIncomplete />);
  expect(screen.getByRole("link")).toHaveTextContent("comparison period incomplete");
  expect(screen.getByRole("link")).not.toHaveTextContent("worse");
});
