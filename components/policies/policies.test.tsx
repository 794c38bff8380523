import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { Role } from "@/lib/auth/actor";
import { DocumentCard } from "./document-card";
import { PoliciesPage } from "./policies-page";
import type { Place } from "./use-place";

vi.mock("next/navigation", () => ({
  usePathname: () => "/policies",
  useRouter: () => ({ push: (href: string) => pushed.push(href) }),
}));
const pushed = vi.hoisted(() => [] as string[]);

const acme = { level: "tenant", value: "acme" } as const;
const version = (number: number, message: string) => ({
  version: number,
  hash: "a".repeat(64),
  message,
  restoredFrom: null,
  author: { kind: "user", id: "u2", name: "Grace" },
  at: "2026-11-20T10:00:00.000Z",
});
const moved = {
  current: version(4, "Longer prompts"),
  yours: ["tenant acme: tokens max output tokens 500 → 400"],
  theirs: ["tenant acme: tokens max input tokens set to 9000"],
  merged: { maxOutputTokens: 400, maxInputTokens: 9000 },
  conflicts: [],
  keepingYours: { maxOutputTokens: 400, maxInputTokens: 9000 },
  keepingTheirs: { maxOutputTokens: 400, maxInputTokens: 9000 },
};
const preview = (over: object = {}) => ({
  problems: [],
  changes: ["tokens changed"],
  moved: null,
  targets: [],
  payloads: {},
  ...over,
});

interface Call {
  method: string;
  path: string;
  search: URLSearchParams;
  body: Record<string, unknown>;
}
let calls: Call[] = [];
let answers: Record<string, (call: Call) => unknown>;
beforeEach(() => {
  calls = [];
  pushed.length = 0;
  sessionStorage.clear();
  answers = {
    "GET /api/v1/policies/document": () => ({ current: version(3, "A cap"), document: { maxOutputTokens: 500 } }),
    "GET /api/v1/policies/effective": () => ({
      effective: { tokens: { maxOutputTokens: 500, stop: [] } },
      provenance: { "/tokens/maxOutputTokens": acme },
      layers: [acme],
    }),
    "POST /api/v1/policies/preview": () => preview(),
    "POST /api/v1/query": () => ({ rows: [{ endpoint: "chat" }] }),
    "GET /api/v1/policies": () => ({
      limited: false,
      policies: [{ kind: "tokens", scope: acme, ...version(3, "A cap") }],
      choices: { environments: ["production"], tenants: [{ id: "acme", name: "Acme" }], pools: [], nodes: [] },
    }),
  };
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    const { pathname, searchParams } = new URL(url, "http://x");
    const body = init?.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {};
    const call = { method: init?.method ?? "GET", path: pathname, search: searchParams, body };
    calls.push(call);
    const answer = answers[`${call.method} ${pathname}`];
    if (!answer) return Response.json({ detail: `No answer to ${call.method} ${pathname}` }, { status: 404 });
    const result = answer(call);
    return result instanceof Response ? result : Response.json(result);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(what: React.ReactNode, { role = "lead", search = "" }: { role?: Role; search?: string } = {}) {
  render(
    <NuqsTestingAdapter searchParams={search} hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u1", name: "Ada", role } }}
        >
          {what}
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
const ref = { kind: "tokens", scope: acme } as const;
const place = {
  show: "document",
  effectivePath: "/api/v1/policies/effective?environment=production",
  set: vi.fn(),
} as unknown as Place;
const openDocument = (role: Role = "lead") => show(<DocumentCard policyRef={ref} place={place} />, { role });
const json = () => screen.findByRole<HTMLTextAreaElement>("textbox", { name: "tokens of tenant acme as JSON" });
const draftButton = () => screen.getByRole("button", { name: "Draft a change" });
const carried = () =>
  JSON.parse(sessionStorage.getItem("headroom.carried-draft") ?? "null") as { edits: Record<string, unknown>[] };
async function write(text: string) {
  const field = await json();
  await userEvent.clear(field);
  await userEvent.click(field);
  await userEvent.paste(text);
}

describe("the editor of a document", () => {
  it("writes a common value into the JSON, and lets a broader scope decide again when it is emptied", async () => {
    openDocument();
    const cap = await screen.findByLabelText(/Output cap/);
    await userEvent.clear(cap);
    expect(JSON.parse((await json()).value)).toEqual({});
    expect(cap).toHaveAttribute("placeholder", "Inherited: 500");
    await userEvent.type(cap, "400");
    expect(JSON.parse((await json()).value)).toEqual({ maxOutputTokens: 400 });
    await waitFor(() =>
      expect(calls.filter(({ path }) => path.endsWith("/preview")).at(-1)?.body).toEqual({
        ...ref,
        document: { maxOutputTokens: 400 },
        baseVersion: 3,
      }),
    );
  });

  it("names the line of what is wrong, goes there, and drafts nothing from it", async () => {
    openDocument();
    await write('{\n  "maxOutputTokens": "many"\n}');
    await userEvent.click(await screen.findByRole("button", { name: "Error, line 2" }));
    const field = await json();
    expect(field).toHaveFocus();
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe('  "maxOutputTokens": "many"');
    expect(field).toHaveAttribute("aria-invalid", "true");
    expect(draftButton()).toBeDisabled();
  });

  it("shows why a target would keep what it runs, and refuses what the whole does not allow", async () => {
    answers["POST /api/v1/policies/preview"] = () =>
      preview({
        problems: [{ severity: "error", path: "/tokens/maxOutputTokens", message: "Too much.", where: "tenant acme" }],
        targets: [
          {
            id: "1",
            name: "router",
            connector: "vllm-router",
            environment: "production",
            pool: null,
            simulated: false,
            outcome: "refused",
            hash: null,
            reasons: ["It cannot do tokens.", "And not weights.", "Nor caching."],
            warnings: [],
          },
        ],
      });
    openDocument();
    await write('{"maxOutputTokens": 400}');
    expect(await screen.findByText("keeps what it runs")).toBeVisible();
    expect(screen.getByText("It cannot do tokens.")).toBeVisible();
    expect(screen.getByText("1 more")).toBeVisible();
    expect(await screen.findByRole("button", { name: "Error, line 1" })).toBeVisible();
    expect(draftButton()).toBeDisabled();
  });

  it("lists what needs a look first, and the rest of a large fleet on demand", async () => {
    const target = (n: number) => ({
      id: String(n),
      name: `gw-${n}`,
      connector: "headroom-gateway",
      environment: "production",
      pool: null,
      simulated: false,
      outcome: n === 29 ? "refused" : "changed",
      hash: null,
      reasons: n === 29 ? ["It cannot do tokens."] : [],
      warnings: [],
    });
    answers["POST /api/v1/policies/preview"] = () => preview({ targets: Array.from({ length: 30 }, (_, n) => target(n)) });
    openDocument();
    expect(await screen.findByText("1: keeps what it runs; 29: gets a new configuration")).toBeVisible();
    expect(screen.getByText("gw-29")).toBeVisible();
    expect(screen.queryByText("gw-28")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Show all 30 targets" }));
    expect(screen.getByText("gw-28")).toBeVisible();
  });

  it("shows both edits when somebody was quicker, and drafts what a person took on the new version", async () => {
    answers["POST /api/v1/policies/preview"] = ({ body }) => preview({ moved: body["baseVersion"] === 3 ? moved : null });
    openDocument();
    await write('{"maxOutputTokens": 400}');
    const notice = await screen.findByRole("alert", { name: "Somebody else saved meanwhile" });
    expect(notice).toHaveTextContent(/Longer prompts.*500 → 400.*set to 9000/);
    expect(draftButton()).toBeDisabled();
    await userEvent.click(within(notice).getByRole("button", { name: "Take both edits" }));
    expect(JSON.parse((await json()).value)).toEqual(moved.merged);
    await waitFor(() => expect(draftButton()).toBeEnabled());
    await userEvent.click(draftButton());
    expect(pushed).toEqual(["/changes/new"]);
    expect(carried().edits).toMatchObject([{ ref, baseVersion: 4, text: JSON.stringify(moved.merged, null, 2) }]);
    expect(calls.filter(({ method, path }) => method === "POST" && path === "/api/v1/policies")).toEqual([]);
  });

  it("is only to be read by those who may not change it", async () => {
    openDocument("viewer");
    expect(await json()).toHaveAttribute("readonly");
    expect(screen.queryByRole("button", { name: "Draft a change" })).toBeNull();
  });
});

describe("/policies", () => {
  it("shows what applies, and from which scope; and opens the document of a layer", async () => {
    show(<PoliciesPage />, { search: "?tenant=acme" });
    const tokens = await screen.findByRole("region", { name: "Effective tokens" });
    expect(tokens).toHaveTextContent(/max output tokens\s*500\s*from tenant acme/);
    expect(tokens).toHaveTextContent(/and 1 default(?!s)/);
    await userEvent.click(screen.getByRole("button", { name: "Show defaults" }));
    expect(tokens).toHaveTextContent(/stop\s*none\s*default/);
    await userEvent.click(screen.getByRole("button", { name: "Edit tokens of tenant acme" }));
    expect(await json()).toBeInTheDocument();
    const asked = calls.find(({ path }) => path === "/api/v1/policies/effective")!.search;
    expect(Object.fromEntries(asked)).toEqual({ environment: "production", tenant: "acme" });
  });
  it("quotes the request id of a failure", async () => {
    answers["GET /api/v1/policies"] = () => Response.json({ detail: "Something failed.", requestId: "q-7" }, { status: 500 });
    show(<PoliciesPage />);
    expect(await screen.findByText("q-7")).toBeVisible();
  });
  it("says what to do when there is no pool", async () => {
    show(<PoliciesPage />, { search: "?of=engines" });
    expect(await screen.findByText("No GPU pool is known yet")).toBeVisible();
    expect(screen.getByRole("link", { name: "Connect a source" })).toHaveAttribute("href", "/welcome");
  });
});
