/** What every journey starts from: the running stack, the demo people, a signed-in page, and the database to compare with. */
import { expect, type Browser, type Page } from "@playwright/test";
import pg from "pg";
import { DEMO_PASSWORD } from "@/lib/auth/demo-people";

export type Person = "viewer" | "analyst" | "lead" | "admin";

export const stackUrl = (): string => {
  const url = process.env["HEADROOM_E2E_URL"];
  if (!url) throw new Error("HEADROOM_E2E_URL is not set: run through .config/playwright.ts.");
  return url;
};

/** Sign in through the form, as a person does. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto(`${stackUrl()}/sign-in`, { waitUntil: "networkidle" });
  await page.getByLabel("Email").fill(`${person}@demo.headroom`);
  await page.getByLabel("Password", { exact: true }).fill(DEMO_PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

type Session = Awaited<ReturnType<ReturnType<Page["context"]>["storageState"]>>;
const sessions = new Map<Person, Session>();

export interface Look {
  width?: number;
  dark?: boolean;
}

/** A page of a person, who signs in once per run. The caller closes its context. */
export async function pageOf(browser: Browser, person: Person, { width = 1440, dark = false }: Look = {}): Promise<Page> {
  if (!sessions.has(person)) {
    const first = await browser.newPage();
    await signIn(first, person);
    sessions.set(person, await first.context().storageState());
    await first.context().close();
  }
  const context = await browser.newContext({
    baseURL: stackUrl(),
    storageState: sessions.get(person)!,
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  return context.newPage();
}

/** All cards have their data: no skeleton is left. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator(".animate-pulse")).toHaveCount(0, { timeout: 30_000 });
}

/** An independent look at the database, for numbers that pages must agree with. */
export async function sql<T extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: process.env["HEADROOM_E2E_DATABASE_URL"] });
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Wait until the 30 days of history are in, so that whole past days no longer change. */
export async function historyLoaded(): Promise<void> {
  const done = () => sql<{ done: boolean }>("select history_done_at is not null as done from telemetry.demo_fleet");
  await expect.poll(async () => (await done())[0]?.done ?? false, { timeout: 300_000, intervals: [1_000] }).toBe(true);
}
