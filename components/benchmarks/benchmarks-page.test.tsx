import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { summarise } from "@/lib/advisor/benchmark/summarise";
import type { BenchmarkSample, BenchmarkView } from "@/lib/advisor/benchmark/schemas";
import type { Role } from "@/lib/auth/actor";
import { BenchmarksPage } from "./benchmarks-page";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn<(href: string) => void>() }) }));

const samples = Array.from({ length: 20 }, (_, seq): BenchmarkSample => ({
  seq,
  connectMs: 1,
  ttftMs: 100,
  totalMs: 400,
  tokensIn: 200,
  tokensOut: 61,
  model: "gpt-4.1-mini",
  fromCache: false,
  costNanoUsd: null,
  error: null,
}));
const benchmark: BenchmarkView = {
  id: "b1",
  name: "chat-default at gw-eu-1",
  status: "done",
  reason: null,
  order: {
    name: "",
    endpoint: { kind: "gateway", name: "gw-eu-1" },
    model: "chat-default",
    warmUps: 0,
    runs: 20,
    concurrency: 2,
    promptTokens: 200,
    maxTokens: 64,
    capUsd: null,
  },
  simulated: true,
  price: null,
  done: 20,
  total: 20,
  summary: summarise(samples, { warmUps: 0, concurrency: 2 }),
  startedBy: "Ana Lyst",
  createdAt: "2026-11-20T12:00:00.000Z",
  endedAt: "2026-11-20T12:01:00.000Z",
};

function show(role: Role, benchmarks: BenchmarkView[], search = "") {
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    if (init?.method === "POST") {
      sent.push(JSON.parse(init.body as string));
      return Response.json(benchmark, { status: 201 });
    }
    if (path.includes("/estimate")) {
      const basis = "At the list price of gpt-4.1-mini (openai).";
      return Response.json({ requests: 110, tokensIn: 51_040, tokensOut: 7_040, price: null, mostUsd: "0.03168", basis });
    }
    if (path.includes("/benchmarks/b1")) return Response.json({ ...benchmark, curve: [] });
    return Response.json({ benchmarks, gateways: ["gw-eu-1"], hosts: ["gw:8080"], models: ["chat-default"] });
  });
  const user = { id: "1", name: "Ada", role };
  render(
    <NuqsTestingAdapter hasMemory searchParams={search}>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider value={{ name: "W", timeZone: "UTC", currency: "USD", demo: true, user }}>
          <BenchmarksPage />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
  return sent;
}
afterEach(() => vi.unstubAllGlobals());

it("says what it may cost before it starts, and agrees to that by starting", async () => {
  const sent = show("analyst", []);
  expect(await screen.findByText(/110 requests, at most \$0\.03/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Start benchmark" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ endpoint: { kind: "gateway", name: "gw-eu-1" }, model: "chat-default", capUsd: "0.03168" });
});

it("shows percentiles, throughput and where to take them, and labels what is simulated", async () => {
  show("analyst", [benchmark], "?run=b1");
  const card = within(await screen.findByRole("region", { name: "chat-default at gw-eu-1" }));
  const total = within(await card.findByRole("table", { name: "Measured times" })).getByRole("row", { name: /Whole answer/ });
  expect(total).toHaveTextContent("400 ms");
  expect(card.getByText("simulated")).toBeInTheDocument();
  // Two at a time, 400 ms each: 5 a second; as published 2.5.
  expect([card.getByText("5 /s"), card.getByText("2.5 /s")]).toHaveLength(2);
  expect(card.getByRole("link", { name: /Open in the calculator/ })).toHaveAttribute(
    "href",
    "/advisor/calculators/latency-benchmark?meanMs=400.0&p50Ms=400.0&p95Ms=400.0&p99Ms=400.0&concurrency=2",
  );
});

it("a viewer sees, and starts nothing", async () => {
  show("viewer", []);
  expect(await screen.findByText("Nothing has been measured yet")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Start benchmark" })).toBeNull();
});
