import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import fc from "fast-check";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import type { Role } from "@/lib/auth/actor";
import { litellmMappingSchema } from "@/lib/telemetry/litellm/mapping";
import { otlpMappingSchema } from "@/lib/telemetry/otlp/mapping";
import { ApiKeysSettings } from "./api-keys-settings";
import { curlFor } from "./curl-for";
import { keyState } from "./key-state";
import { mappingFromText, mappingToText } from "./mapping-text";
import { SettingsNav } from "./settings-nav";
import { UsersSettings } from "./users-settings";

vi.mock("next/navigation", () => ({ usePathname: () => "/settings", useRouter: () => ({ push: () => undefined }) }));

const NOW = Date.parse("2026-11-20T12:00:00Z");

describe("a key", () => {
  it.each([
    [{ revokedAt: "2026-11-19T00:00:00Z", expiresAt: null }, "revoked"],
    [{ revokedAt: null, expiresAt: null }, "active"],
    [{ revokedAt: null, expiresAt: "2026-11-20T12:00:00Z" }, "expired"],
    [{ revokedAt: null, expiresAt: "2026-12-04T12:00:00Z" }, "expires soon"],
    [{ revokedAt: null, expiresAt: "2026-12-04T12:00:01Z" }, "active"],
  ])("%j is %s", (key, expected) => {
    expect(keyState(key, NOW)).toBe(expected);
  });

  it("is tried by sending when it may send, by asking when it may read", () => {
    expect(curlFor({ scopes: ["ingest"], tenantId: "globex" }, "hr_k", "http://h")).toMatch(
      /\/api\/v1\/usage[\s\S]*"tenant": "globex"/,
    );
    expect(curlFor({ scopes: ["read"], tenantId: null }, "hr_k", "http://h")).toBe(
      'curl -sS http://h/api/v1/me \\\n  -H "Authorization: Bearer hr_k"',
    );
    expect(curlFor({ scopes: ["ingest"], tenantId: "it's" }, "hr_k", "http://h")).toBeUndefined();
  });
});

describe("the mapping as text", () => {
  const word = fc.stringMatching(/^[a-z][a-z._]{0,20}$/);
  const rules = fc.array(word, { minLength: 1, maxLength: 4 });
  it("comes back as it was", () => {
    const mapping = fc.record({
      ...Object.fromEntries(
        ["tenant", "endpoint", "feature", "route", "gateway", "region", "action", "actionStep"].map((k) => [k, rules]),
      ),
      tags: fc.dictionary(word, rules, { maxKeys: 5, noNullPrototype: true }),
      unmappedTenant: word,
      unmappedEndpoint: word,
    });
    fc.assert(
      fc.property(mapping, (value) => {
        const parsed = otlpMappingSchema.parse(value);
        expect(mappingFromText(mappingToText(parsed))).toEqual({ mapping: parsed });
      }),
    );
  });

  it("of LiteLLM comes back too, without the fields that it cannot name", () => {
    const mapping = litellmMappingSchema.parse({ tenant: ["end_user"], tags: { team: ["request_tags.team"] } });
    expect(mappingFromText(mappingToText(mapping), "litellm")).toEqual({ mapping });
  });

  it("says which field is wrong", () => {
    const text = mappingToText(otlpMappingSchema.parse({}));
    expect(mappingFromText({ ...text, tags: "team" })).toEqual({ errors: { tags: expect.stringContaining("“team”") } });
    expect(mappingFromText({ ...text, route: "{oops" })).toEqual({ errors: { route: expect.stringContaining("template") } });
  });
});

function show(ui: ReactNode, role: Role = "admin") {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const workspace = { name: "W", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u1", name: "Ada", role } };
  return render(
    <QueryClientProvider client={client}>
      <WorkspaceProvider value={workspace}>{ui}</WorkspaceProvider>
    </QueryClientProvider>,
  );
}

/** Answers by method and path; remembers what was sent. */
function serve(answers: Record<string, () => Response>) {
  const sent: { call: string; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    const call = `${init?.method ?? "GET"} ${path}`;
    if (init?.method) sent.push({ call, body: init.body ? JSON.parse(String(init.body)) : undefined });
    return answers[call]?.() ?? Response.json({ detail: `unexpected ${call}` }, { status: 500 });
  });
  return sent;
}
afterEach(() => vi.unstubAllGlobals());

const KEY = {
  id: "k1",
  name: "gateway",
  prefix: "hr_abcdefg",
  scopes: ["ingest"],
  tenantId: null,
  createdBy: "Ada",
  createdAt: "2026-11-01T00:00:00Z",
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};

describe("settings", () => {
  it("offer admins every section, others their account", () => {
    show(<SettingsNav />);
    expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual([
      "Account",
      "Users",
      "API keys",
      "Tenants",
      "Workspace",
      "Audit log",
    ]);
    expect(screen.getByRole("link", { name: "Account" })).toHaveAttribute("aria-current", "page");
  });

  it("offer a lead the account only", () => {
    show(<SettingsNav />, "lead");
    expect(screen.getAllByRole("link")).toHaveLength(1);
  });

  it("show a new key once, with a line to try it", async () => {
    const sent = serve({
      "GET /api/v1/api-keys": () => Response.json({ apiKeys: [] }),
      "GET /api/v1/tenants": () => Response.json({ tenants: [] }),
      "POST /api/v1/api-keys": () => Response.json({ apiKey: KEY, key: "hr_secret" }, { status: 201 }),
    });
    show(<ApiKeysSettings />);
    expect(await screen.findByText("No API keys yet")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Create key" }));
    const dialog = await screen.findByRole("dialog");
    await userEvent.click(within(dialog).getByRole("button", { name: "Create key" }));
    expect(await within(dialog).findByText("must not be empty")).toBeVisible();
    await userEvent.type(within(dialog).getByLabelText("Name"), "gateway");
    await userEvent.click(within(dialog).getByRole("button", { name: "Create key" }));
    expect(await within(dialog).findByText("hr_secret")).toBeVisible();
    expect(within(dialog).getByText(/curl -sS/)).toHaveTextContent("Bearer hr_secret");
    expect(sent[0]).toMatchObject({
      call: "POST /api/v1/api-keys",
      body: { name: "gateway", scopes: ["ingest"], tenantId: null },
    });
    await userEvent.click(within(dialog).getByRole("button", { name: "Done" }));
    expect(screen.queryByText("hr_secret")).toBeNull();
  });

  it("revoke a key only after a question", async () => {
    const sent = serve({
      "GET /api/v1/api-keys": () => Response.json({ apiKeys: [KEY] }),
      "DELETE /api/v1/api-keys/k1": () => Response.json({ apiKey: { ...KEY, revokedAt: "2026-11-20T00:00:00Z" } }),
    });
    show(<ApiKeysSettings />);
    await userEvent.click(await screen.findByRole("button", { name: "Revoke gateway" }));
    const question = await screen.findByRole("alertdialog");
    expect(sent).toEqual([]);
    await userEvent.click(within(question).getByRole("button", { name: "Revoke key" }));
    await vi.waitFor(() => expect(sent).toMatchObject([{ call: "DELETE /api/v1/api-keys/k1" }]));
  });

  it("put a refusal beside the field that it is about", async () => {
    serve({
      "GET /api/v1/users": () => Response.json({ users: [] }),
      "POST /api/v1/users": () =>
        Response.json(
          { detail: "There is already a user with the email a@b.example.", status: 409, field: "email" },
          { status: 409 },
        ),
    });
    show(<UsersSettings />);
    await userEvent.click(await screen.findByRole("button", { name: "Add user" }));
    const dialog = await screen.findByRole("dialog");
    await userEvent.type(within(dialog).getByLabelText("Email"), "a@b.example");
    await userEvent.type(within(dialog).getByLabelText("Name"), "Ann");
    await userEvent.click(within(dialog).getByRole("button", { name: "Add user" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("already a user");
    expect(within(dialog).getByLabelText("Email")).toHaveAttribute("aria-invalid", "true");
  });
});
