import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "@/lib/auth/demo-people";
import { oidcEnabled } from "@/lib/auth/next-auth";
import { findPageCtx } from "@/lib/auth/page";
import { safeNext } from "@/lib/auth/paths";
import { signInErrorText } from "@/lib/auth/sign-in-errors";
import { db } from "@/lib/db";
import { loadWorkspace } from "@/lib/workspace";
import { SignInForm } from "./sign-in-form";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { next, callbackUrl, error } = await searchParams;
  const target = safeNext(pathOf(next) ?? pathOf(callbackUrl));
  if (await findPageCtx()) redirect(target);
  const workspace = await loadWorkspace(db());
  const demo = workspace.demo
    ? DEMO_PEOPLE.map(({ email, role, limited }) => ({ email, role, limited, password: DEMO_PASSWORD }))
    : [];
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <SignInForm
        workspace={workspace.name}
        next={target}
        sso={oidcEnabled()}
        demo={demo}
        error={signInErrorText(typeof error === "string" ? error : undefined)}
      />
    </main>
  );
}

/** next-auth sends whole addresses in `callbackUrl`; only their path is of interest. */
function pathOf(value: string | string[] | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.startsWith("/") || !URL.canParse(value)) return value;
  const url = new URL(value);
  return `${url.pathname}${url.search}`;
}
