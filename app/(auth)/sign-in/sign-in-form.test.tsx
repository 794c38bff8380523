import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SignInForm } from "./sign-in-form";

/** A server of two addresses; the browser's half is tested against what next-auth answers. */
function serve(answer: { status: number; url: string }) {
  const sent: Record<string, string>[] = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    if (path === "/api/auth/csrf") return Response.json({ csrfToken: "token" });
    sent.push({ path, ...Object.fromEntries(init!.body as URLSearchParams) });
    return Response.json({ url: answer.url }, { status: answer.status });
  });
  const assign = vi.fn<(url: string | URL) => void>();
  vi.spyOn(window.location, "assign").mockImplementation(assign);
  return { sent, assign };
}

const demo = [{ email: "lead@demo.headroom", password: "headroom-demo", role: "lead", limited: false }];
const form = (error?: string) => <SignInForm workspace="Acme" next="/explore" sso={false} demo={demo} error={error} />;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("sign-in form", () => {
  it("signs in and goes where the person wanted", async () => {
    const { sent, assign } = serve({ status: 200, url: "http://localhost:3000/" });
    render(form());
    await userEvent.type(screen.getByLabelText("Email"), "ada@test.example");
    await userEvent.type(screen.getByLabelText("Password"), "secret{Enter}");
    await vi.waitFor(() => expect(assign).toHaveBeenCalledWith("/explore"));
    expect(sent).toEqual([
      { path: "/api/auth/callback/credentials", email: "ada@test.example", password: "secret", csrfToken: "token", json: "true" },
    ]);
  });

  it("says why not, and puts the cursor into the password", async () => {
    const { assign } = serve({ status: 401, url: "http://localhost:3000/api/auth/error?error=Email+or+password+is+wrong" });
    render(form());
    await userEvent.type(screen.getByLabelText("Email"), "ada@test.example");
    await userEvent.type(screen.getByLabelText("Password"), "wrong{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("Email or password is wrong");
    expect(screen.getByLabelText("Password")).toHaveFocus();
    expect(assign).not.toHaveBeenCalled();
  });

  it("fills in a demo login", async () => {
    const { sent } = serve({ status: 200, url: "http://localhost:3000/" });
    render(form("Signing in failed."));
    await userEvent.click(screen.getByRole("button", { name: "lead" }));
    expect(screen.queryByRole("alert")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    await vi.waitFor(() => expect(sent).toMatchObject([{ email: "lead@demo.headroom", password: "headroom-demo" }]));
  });
});
