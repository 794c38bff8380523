/** Channels and routes, made in the browser the way an admin makes them. */
import { expect, type Locator, type Page } from "@playwright/test";
import type { HttpReceiver, MailReceiver } from "@/lib/testing/receivers";
import { settled } from "./journey";
import { pathOf } from "./receivers";

async function choose(page: Page, form: Locator, label: string, option: string): Promise<void> {
  await form.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

interface NewChannel {
  name: string;
  /** Another channel's name. */
  fallback?: string;
}

/** On no route yet. Answers the webhook's secret, as it is shown once. */
export async function addWebhook(page: Page, { name, fallback }: NewChannel, receiver: HttpReceiver): Promise<string> {
  const dialog = await startChannel(page, { name, fallback });
  await dialog.getByLabel("Address", { exact: true }).fill(`${receiver.url}${pathOf(name)}`);
  await dialog.getByRole("button", { name: "Add channel" }).click();
  await expect(dialog).toContainText("The webhook is ready");
  const secret = await dialog.getByText(/^whsec_/).textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(rowOf(page, name)).toContainText("Not tried yet");
  return secret!;
}

export async function addMail(page: Page, channel: NewChannel & { to: string }, receiver: MailReceiver): Promise<void> {
  const dialog = await startChannel(page, channel);
  await choose(page, dialog, "Kind", "Mail (SMTP)");
  await dialog.getByLabel("Mail server").fill("127.0.0.1");
  await dialog.getByLabel("Port").fill(String(receiver.port));
  await choose(page, dialog, "Security", "None");
  await dialog.getByLabel("From", { exact: true }).fill("headroom@demo.example");
  await dialog.getByLabel("To", { exact: true }).fill(channel.to);
  await dialog.getByRole("button", { name: "Add channel" }).click();
  await expect(rowOf(page, channel.name)).toContainText("Not tried yet");
}

async function startChannel(page: Page, { name, fallback }: NewChannel): Promise<Locator> {
  await page.goto("/alerts/channels");
  await settled(page);
  await page.getByRole("button", { name: "Add channel" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  if (fallback !== undefined) await choose(page, dialog, "When it fails, tell", fallback);
  await dialog.getByLabel("Tell it everything that no other route takes").uncheck();
  return dialog;
}

/** In the list of channels. */
export const rowOf = (page: Page, channel: string): Locator => page.getByRole("row").filter({ hasText: channel });

/** Presses the test button; `answer`: what the dialog then says. */
export async function testChannel(page: Page, name: string, answer: string | RegExp): Promise<void> {
  await page.goto("/alerts/channels");
  await settled(page);
  await page.getByRole("button", { name: `Test ${name}`, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("status")).toContainText(answer, { timeout: 30_000 });
  await dialog.getByRole("button", { name: "Close" }).click();
}

export interface NewRoute {
  name: string;
  label: string;
  value: string;
  channel: string;
}

/** A route that tells one channel of one label's value, at once. */
export async function addRoute(page: Page, { name, label, value, channel }: NewRoute): Promise<void> {
  await page.goto("/alerts/routing");
  await settled(page);
  await page.getByRole("button", { name: "Add route", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of the route").fill(name);
  await dialog.getByLabel("Label 1").fill(label);
  await dialog.getByLabel("Values 1").fill(value);
  await dialog.getByLabel(channel, { exact: true }).check();
  await choose(page, dialog, "Wait for others", "not at all");
  await choose(page, dialog, "Between two messages", "no time");
  await dialog.getByRole("button", { name: "Add route" }).click();
  await expect(routeOf(page, name)).toContainText(channel);
}

export const routeOf = (page: Page, name: string): Locator =>
  page.getByRole("list", { name: "Routes in order" }).getByRole("listitem").filter({ hasText: name });

export async function removeRoute(page: Page, name: string): Promise<void> {
  await page.goto("/alerts/routing");
  await settled(page);
  await page.getByRole("button", { name: `Remove route ${name}`, exact: true }).click();
  await expect(routeOf(page, name)).toHaveCount(0);
}

export async function deleteChannel(page: Page, name: string): Promise<void> {
  await page.goto("/alerts/channels");
  await settled(page);
  await page.getByRole("button", { name: `Delete ${name}`, exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete channel" }).click();
  await expect(rowOf(page, name)).toHaveCount(0);
}
