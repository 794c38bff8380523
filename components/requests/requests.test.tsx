import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { Role } from "@/lib/auth/actor";
import type { Explanation } from "@/lib/pricing";
import type { ExplainedRequest } from "@/lib/pricing/explain-request";
import type { RequestRow } from "@/lib/telemetry/requests/schemas";
import { prepareWaterfall } from "./prepare-waterfall";
import { RequestPage } from "./request-page";
import { RequestsPage } from "./requests-page";
import { exactUsd, requestHref } from "./words";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: () => undefined }), usePathname: () => "/requests" }));

const row = (over: Partial<RequestRow> = {}): RequestRow => ({
  id: "e1",
  occurredAt: "2026-11-20T10:00:00.000Z",
  tenant: "acme",
  endpoint: "support.answer",
  feature: null,
  route: null,
  provider: "openai",
  modelRequested: "gpt-4o",
  modelServed: "gpt-4o",
  gateway: null,
  pool: null,
  region: null,
  lane: "interactive",
  requestId: "r1",
  attempt: 1,
  final: true,
  actionId: null,
  actionStep: null,
  status: "success",
  errorClass: null,
  cacheLayer: "none",
  cacheHit: false,
  stream: false,
  shadow: false,
  duplicate: false,
  variant: "control",
  generation: null,
  tokensIn: 1_836,
  tokensCached: 1_024,
  tokensOut: 203,
  ttftMs: 100,
  latencyMs: 400,
  pricingState: "priced",
  costUsd: "0.00534",
  savedUsd: "0.00128",
  attempts: 1,
  requestCostUsd: "0.00534",
  ...over,
});

const explanation = (over: Partial<Explanation> = {}): Explanation => ({
  state: "priced",
  costUsd: "0.001029",
  savedUsd: "0",
  lines: [
    {
      meter: "input",
      quantity: 1_001,
      unitPriceUsd: "2",
      modifiers: [{ reason: "batch", factor: "0.5" }],
      amountUsd: "0.001001",
    },
    { meter: "output", quantity: 7, unitPriceUsd: "8", modifiers: [{ reason: "batch", factor: "0.5" }], amountUsd: "0.000028" },
  ],
  avoided: [],
  recounted: true,
  rule: {
    id: 42,
    book: "base",
    tenantId: null,
    provider: "openai",
    model: "o3",
    source: "genai-prices@0.1.8",
    effectiveFrom: "2025-06-10T00:00:00.000Z",
    effectiveTo: null,
    supersededAt: null,
  },
  reason: "Each meter's quantity × unit price × modifiers.",
  whatToDo: null,
  ...over,
});

type Attempt = ExplainedRequest["attempts"][number];
const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  ...row(),
  receivedAt: "2026-11-20T10:00:01.000Z",
  node: null,
  engine: null,
  precision: null,
  cacheSimilarity: null,
  meters: {
    input: 1,
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 1,
    audioIn: 0,
    audioOut: 0,
    image: 0,
    reasoning: 0,
  },
  queueMs: null,
  prefillMs: null,
  decodeMs: null,
  requestHash: null,
  prefixHash: null,
  serviceTier: null,
  batch: false,
  tags: {},
  dialect: "native",
  usageRaw: null,
  tokenMismatch: null,
  providerCostUsd: null,
  apiKeyId: null,
  priceRuleId: 42,
  explanation: explanation(),
  ...over,
});

const asked: string[] = [];
let answer: (url: string) => unknown;
beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const body = answer(url);
    return body instanceof Response ? body : Response.json(body);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(children: ReactNode, { role = "analyst", search = "" }: { role?: Role; search?: string } = {}) {
  const user = { id: "u1", name: "Ada", role };
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
const requestCalls = () =>
  asked.filter((url) => url.startsWith("/api/v1/requests?")).map((url) => new URL(url, "http://x").searchParams);

describe("/requests", () => {
  const page = (rows: RequestRow[], nextCursor: string | null = null) => ({ rows, nextCursor, from: "", to: "" });

  it("asks for what the address says", async () => {
    answer = () => page([row()]);
    show(<RequestsPage />, {
      search: "?tenant=acme,globex&status=timeout&sort=slowest&rows=attempts&pricing=unpriced&minCost=0.5&range=7d",
    });
    await screen.findByRole("table");
    const params = requestCalls()[0]!;
    expect(params.getAll("tenant")).toEqual(["acme", "globex"]);
    expect(params.getAll("pricing")).toEqual(["unpriced"]);
    expect(Object.fromEntries([...params].filter(([name]) => ["status", "sort", "rows", "minCostUsd"].includes(name)))).toEqual({
      status: "timeout",
      sort: "latency",
      rows: "attempts",
      minCostUsd: "0.5",
    });
    expect(Date.parse(params.get("to")!) - Date.parse(params.get("from")!)).toBeGreaterThan(6 * 86_400_000);
  });

  it("leads from a row to its request, and never shows an unpriced cost as zero", async () => {
    answer = () => page([row(), row({ id: "e2", requestId: "r/2", pricingState: "unpriced", costUsd: "0" })]);
    show(<RequestsPage />);
    const [, first, second] = within(await screen.findByRole("table")).getAllByRole("row");
    expect(within(first!).getByRole("link")).toHaveAttribute("href", "/requests/r1?tenant=acme");
    expect(within(first!).getByText("$0.0053")).toBeVisible();
    expect(within(second!).getByRole("link")).toHaveAttribute("href", "/requests/r%2F2?tenant=acme");
    expect(within(second!).getByText("Unpriced")).toBeVisible();
    expect(within(second!).queryByText("$0.00")).toBeNull();
  });

  it("loads the next page from where the last one ended", async () => {
    answer = (url) => (url.includes("cursor=c1") ? page([row({ id: "e2", requestId: "r2" })]) : page([row()], "c1"));
    show(<RequestsPage />);
    await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
    expect(await screen.findByText("2 rows")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
  });

  it("gives the CSV of the same filter to analysts, not to viewers", async () => {
    answer = () => page([row()]);
    const { unmount } = show(<RequestsPage />, { search: "?tenant=acme" });
    const href = (await screen.findByRole("link", { name: /CSV/ })).getAttribute("href")!;
    expect(href).toMatch(/tenant=acme.*format=csv/);
    unmount();
    show(<RequestsPage />, { role: "viewer" });
    await screen.findByRole("table");
    expect(screen.queryByRole("link", { name: /CSV/ })).toBeNull();
  });

  it("finds by id on Enter, says when nothing has it, and clears", async () => {
    answer = () => page([]);
    show(<RequestsPage />);
    await userEvent.type(screen.getByRole("textbox", { name: /by its id/ }), "req-9{Enter}");
    expect(await screen.findByText("Nothing has the id req-9")).toBeVisible();
    expect(requestCalls().at(-1)!.get("q")).toBe("req-9");
    await userEvent.click(screen.getAllByRole("button", { name: "Clear the search" })[0]!);
    expect(await screen.findByText("No requests match")).toBeVisible();
  });
});

describe("/requests/[id]", () => {
  const request = (over: Partial<ExplainedRequest> = {}): ExplainedRequest => ({
    requestId: "r1",
    tenant: "acme",
    attempts: [attempt()],
    costUsd: "0.001029",
    savedUsd: "0",
    action: null,
    ...over,
  });

  it("explains the cost line by line to the nano-dollar, with the rule behind it", async () => {
    answer = () => request();
    show(<RequestPage id="r1" tenant="acme" />);
    const table = await screen.findByRole("table", { name: "Cost line by line" });
    const cells = within(table)
      .getAllByRole("row")
      .slice(1)
      .map((each) =>
        within(each)
          .getAllByRole("cell")
          .map((cell) => cell.textContent),
      );
    expect(cells).toEqual([
      ["Input", "1,001", "$2.00 / 1M", "batch × 0.5", "$0.001001"],
      ["Output", "7", "$8.00 / 1M", "batch × 0.5", "$0.000028"],
      ["Cost of this attempt", "$0.001029"],
    ]);
    expect(screen.getByText(/Recounted just now/)).toBeVisible();
    expect(screen.getByText("genai-prices@0.1.8")).toBeVisible();
    expect(screen.getByText("10 Jun 2025, 00:00 → further notice")).toBeVisible();
    expect(asked[0]).toBe("/api/v1/requests/r1?tenant=acme");
  });

  it("shows the final attempt first and any other on demand", async () => {
    const failed = attempt({
      id: "e0",
      status: "timeout",
      final: false,
      explanation: explanation({ state: "unpriced", lines: [], rule: null, reason: "No price.", whatToDo: "Add one." }),
    });
    answer = () => request({ attempts: [failed, attempt({ id: "e1", attempt: 2 })] });
    show(<RequestPage id="r1" />);
    expect(await screen.findByRole("table", { name: "Cost line by line" })).toBeVisible();
    expect(screen.getByText("2 calls upstream, 1 of them without success.")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: /Attempt 1/ }));
    expect(screen.getByText("Add one.")).toBeVisible();
    expect(screen.queryByRole("table", { name: "Cost line by line" })).toBeNull();
  });

  it("says loudly when a stored line does not add up", async () => {
    answer = () => request({ attempts: [attempt({ explanation: explanation({ recounted: false }) })] });
    show(<RequestPage id="r1" />);
    expect(await screen.findByRole("alert")).toHaveTextContent("do not add up");
  });

  it("puts reported and calculated cost side by side", async () => {
    answer = () => request({ attempts: [attempt({ costUsd: "0.00534", providerCostUsd: "0.005" })] });
    show(<RequestPage id="r1" />);
    expect(await screen.findByText(/The sender reported/)).toHaveTextContent(
      "The sender reported $0.005; calculated is $0.00034 more.",
    );
  });

  it("draws the chain of its action, marks itself and links the others", async () => {
    const chain = [
      row({ actionStep: "plan" }),
      row({ id: "e2", requestId: "r2", actionStep: "tool", occurredAt: "2026-11-20T10:00:00.400Z" }),
    ];
    answer = () => request({ action: { id: "act-1", events: chain, truncated: false } });
    show(<RequestPage id="r1" />);
    const table = await screen.findByRole("table", { name: /calls of this action/ });
    expect(within(table).getByRole("link", { name: "tool" })).toHaveAttribute("href", "/requests/r2?tenant=acme");
    expect(within(table).queryByRole("link", { name: "plan" })).toBeNull();
    expect(within(table).getByText(/starts after 400 ms, takes 400 ms/)).toBeInTheDocument();
  });

  it("says that there is no such request, and quotes the id of any other failure", async () => {
    const problem = (status: number, detail: string) => Response.json({ detail, requestId: "q-1" }, { status });
    answer = () => problem(404, "There is no request here.");
    const { unmount } = show(<RequestPage id="nope" />);
    expect(await screen.findByText("There is no such request")).toBeVisible();
    unmount();
    answer = () => problem(500, "Something failed on our side.");
    show(<RequestPage id="r1" />);
    expect(await screen.findByText("q-1")).toBeVisible();
  });
});

describe("prepareWaterfall", () => {
  it("puts calls on one axis from the first start to the last end", () => {
    const { bars, totalMs } = prepareWaterfall([
      row({ occurredAt: "2026-11-20T10:00:00.000Z", latencyMs: 400, ttftMs: 100 }),
      row({ occurredAt: "2026-11-20T10:00:00.500Z", latencyMs: 500, ttftMs: null }),
      row({ occurredAt: "2026-11-20T10:00:00.200Z", latencyMs: null, ttftMs: null }),
    ]);
    expect(totalMs).toBe(1_000);
    expect(bars.map(({ left, width, untilFirstToken }) => [left, width, untilFirstToken])).toEqual([
      [0, 0.4, 0.25],
      [0.5, 0.5, null],
      [0.2, 0, null],
    ]);
  });
  it("of nothing is nothing", () => {
    expect(prepareWaterfall([])).toEqual({ bars: [], totalMs: 0 });
  });
});

describe("words", () => {
  it("prints every digit of an amount", () => {
    expect(["0", "0.000000001", "1234.5", "2"].map(exactUsd)).toEqual(["$0.00", "$0.000000001", "$1,234.50", "$2.00"]);
  });
  it("keeps any id in an address", () => {
    expect(requestHref({ requestId: "a/b?c%", tenant: "x&y" })).toBe("/requests/a%2Fb%3Fc%25?tenant=x%26y");
  });
});
