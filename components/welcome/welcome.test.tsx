import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { QueryProvider } from "@/components/query";
import type { Connection } from "@/lib/fleet/schemas";
import { newTestEvent, prepareVerdicts } from "./test-event";
import { WelcomePage } from "./welcome-page";

const NOW = "2026-11-20T12:00:00.000Z";
const KEY = "hr_abcdefghijklmnopqrstuvwxyz0123456789";

/** The network stands still: what the API would answer, by path. */
let answers: Record<string, (init?: RequestInit) => Response>;
let asked: { path: string; init?: RequestInit }[];
beforeEach(() => {
  answers = {};
  asked = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    asked.push({ path, init });
    const answer = answers[path.split("?")[0]!];
    return answer ? answer(init) : Response.json({ title: "Not found", detail: "nothing here" }, { status: 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());

const nothing: Connection = {
  key: { id: "k1", name: "my first source", prefix: KEY.slice(0, 10), lastUsedAt: null },
  received: [],
  refused: [],
};
const event: Connection["received"][number] = {
  id: "e1",
  requestId: "req/1",
  occurredAt: NOW,
  receivedAt: NOW,
  tenant: "acme",
  endpoint: "hello.curl",
  provider: "openai",
  model: "gpt-4o-mini",
  status: "success",
  dialect: "native",
  totalTokens: "2039",
  pricingState: "priced",
  costUsd: "0.0003204",
};

function open(mayCreateKey: boolean) {
  const user = { id: "u1", name: "Ana", role: mayCreateKey ? ("admin" as const) : ("viewer" as const) };
  render(
    <WorkspaceProvider value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user }}>
      <QueryProvider>
        <WelcomePage
          mayEnrol
          baseUrl="https://headroom.example"
          mayCreateKey={mayCreateKey}
          tenants={[{ id: "acme", name: "Acme" }]}
          openedAt={NOW}
        />
      </QueryProvider>
    </WorkspaceProvider>,
  );
}
const snippet = () => screen.getByRole("region", { name: /curl: Run/ }).textContent;

describe("/welcome", () => {
  it("creates an ingest key, puts it into the snippets, and shows the event when it arrives, linked to its request", async () => {
    let connection = nothing;
    answers["/api/v1/api-keys"] = () =>
      Response.json({ apiKey: { id: "k1", prefix: KEY.slice(0, 10) }, key: KEY }, { status: 201 });
    answers["/api/v1/welcome"] = () => Response.json(connection);
    open(true);
    expect(snippet()).toContain("Bearer YOUR_API_KEY");

    await userEvent.click(screen.getByRole("button", { name: "Create key" }));
    await screen.findByText("Copy it now.");
    expect(JSON.parse(String(asked[0]!.init!.body))).toEqual({ name: "my first source", scopes: ["ingest"] });
    expect(snippet()).toContain(`Bearer ${KEY}`);
    expect(snippet()).toContain("https://headroom.example/api/v1/usage");
    await screen.findByText("Waiting for the first event");
    expect(asked.at(-1)!.path).toBe(`/api/v1/welcome?key=k1&since=${encodeURIComponent(NOW)}`);

    connection = { ...nothing, received: [event] };
    await screen.findByText("First event received", {}, { timeout: 3_000 });
    // 812 × $0.15 + 1,024 × $0.075 + 203 × $0.60 per 1M
    expect(screen.getAllByText("$0.00032").length).toBeGreaterThan(0);
    expect(screen.getByRole("link", { name: "Explain its cost" })).toHaveAttribute("href", "/requests/req%2F1");
  });

  it("says what to do to somebody who may not make keys, and watches a pasted one by its prefix only", async () => {
    answers["/api/v1/welcome"] = () =>
      Response.json({ ...nothing, received: [{ ...event, pricingState: "unpriced", costUsd: "0" }] });
    open(false);
    expect(screen.queryByRole("button", { name: "Create key" })).toBeNull();
    expect(screen.getByText(/Ask one for a key with the scope ingest/)).toBeInTheDocument();

    await userEvent.type(screen.getByLabelText("Paste a key"), "sk-wrong");
    await userEvent.click(screen.getByRole("button", { name: "Use it" }));
    expect(screen.getByRole("alert")).toHaveTextContent("A key begins with hr_");

    await userEvent.clear(screen.getByLabelText("Paste a key"));
    await userEvent.type(screen.getByLabelText("Paste a key"), KEY);
    await userEvent.click(screen.getByRole("button", { name: "Use it" }));
    await screen.findByText("First event received");
    expect(asked.every(({ path }) => !path.includes(KEY))).toBe(true);
    // A cost that nobody knows is not $0.00.
    expect(screen.getAllByText("no price for this model yet").length).toBeGreaterThan(0);
    expect(screen.queryByText("$0.00")).toBeNull();
  });

  it("keeps the snippets runnable while a tenant name is half typed", async () => {
    open(true);
    const tenant = screen.getByLabelText("Tenant");
    await userEvent.clear(tenant);
    await userEvent.type(tenant, "a'b");
    expect(tenant).toHaveAttribute("aria-invalid", "true");
    expect(snippet()).toContain('"tenant": "my-team"');
    await userEvent.clear(tenant);
    await userEvent.type(tenant, "globex");
    await waitFor(() => expect(snippet()).toContain('"tenant": "globex"'));
  });

  it("shows why the API refused an event that was sent from here, with the key and without the session", async () => {
    answers["/api/v1/welcome"] = () => Response.json(nothing);
    answers["/api/v1/usage"] = () =>
      Response.json(
        {
          accepted: 0,
          duplicates: 0,
          conflicts: 0,
          rejected: 1,
          items: [{ index: 0, id: "x", status: "rejected", code: "invalid", field: "meters.input", message: "must be >= 0" }],
        },
        { status: 207 },
      );
    open(false);
    await userEvent.type(screen.getByLabelText("Paste a key"), KEY);
    await userEvent.click(screen.getByRole("button", { name: "Use it" }));
    await userEvent.click(await screen.findByRole("button", { name: "Send a test event from here" }));
    expect(await screen.findByText("Event 0, meters.input: must be >= 0")).toBeInTheDocument();
    const sent = asked.find(({ path }) => path.startsWith("/api/v1/usage"))!.init!;
    expect(sent.credentials).toBe("omit");
    expect(new Headers(sent.headers).get("authorization")).toBe(`Bearer ${KEY}`);
  });
});

describe("prepareVerdicts", () => {
  const none = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, items: [] };
  it.each([
    [200, { ...none, accepted: 1 }, "1 accepted", []],
    [200, none, "the batch was empty", []],
    [
      401,
      { title: "Sign in first", detail: "This API key is unknown, expired or revoked.", status: 401 },
      "Sign in first",
      ["This API key is unknown, expired or revoked."],
    ],
    [502, null, "The server answered 502 without a reason.", []],
  ])("%i %j is said as %s", (status, body, summary, problems) => {
    expect(prepareVerdicts({ status, body })).toEqual({ summary, problems });
  });
});

describe("newTestEvent", () => {
  it("happens now and carries the id it is given", () => {
    expect(newTestEvent("id-1", "acme", new Date(NOW))).toMatchObject({ id: "id-1", tenant: "acme", occurredAt: NOW });
  });
});
