/** The browser's half of signing in: next-auth's csrf token first, then the form. */
import { callApi } from "@/components/query";

export interface Credentials {
  email: string;
  password: string;
}

/** Resolves when signed in; throws an Error with a sentence for people otherwise. */
export async function signInWithPassword(credentials: Credentials): Promise<void> {
  const response = await postForm("/api/auth/callback/credentials", { ...credentials });
  // Refusals come as 401 with the reason in the address that next-auth would have gone to.
  const { url } = (await response.json().catch(() => ({}))) as { url?: string };
  const error = url ? new URL(url, window.location.origin).searchParams.get("error") : null;
  if (error) throw new Error(error);
  if (!response.ok) throw new Error("Signing in failed. Reload the page and try again.");
}

/** The address of the identity provider to go to. */
export async function startSso(next: string): Promise<string> {
  const response = await postForm("/api/auth/signin/oidc", { callbackUrl: next });
  const { url } = (await response.json().catch(() => ({}))) as { url?: string };
  if (!response.ok || !url) throw new Error("The identity provider cannot be reached. Try again, or use your password.");
  return url;
}

async function postForm(path: string, fields: Record<string, string>): Promise<Response> {
  const { csrfToken } = await callApi<{ csrfToken: string }>("/api/auth/csrf");
  return fetch(path, { method: "POST", body: new URLSearchParams({ ...fields, csrfToken, json: "true" }) });
}
