/** Channels that work and one that does not: who hears of it, what is kept quiet, what is written down, what is sent again. */
import { expect, test, type Page } from "@playwright/test";
import { headerOf, isSignedWith, type MailReceiver } from "@/lib/testing/receivers";
import { pageOf, settled } from "./journey";
import { addMail, addRoute, addWebhook, deleteChannel, removeRoute, routeOf, rowOf, testChannel } from "./notification-page";
import { startReceivers, toldAbout, typesAbout, type Receivers } from "./receivers";

const SOON = { timeout: 40_000 };
/** To one address of this run. */
const subjectsTo = (address: string, { mails }: MailReceiver, text: string) =>
  mails
    .filter((mail) => headerOf(mail, "To") === address)
    .map((mail) => headerOf(mail, "Subject") ?? "")
    .filter((subject) => subject.includes(text));

test.describe("an admin sets up who is told", () => {
  let receivers: Receivers;
  test.beforeEach(async () => {
    receivers = await startReceivers();
  });
  test.afterEach(() => receivers.close());

  test("a webhook and a mailbox are told, a failing channel shows and another one says so, silences and replays hold", async ({
    browser,
  }) => {
    const page = await pageOf(browser, "admin");
    const { hook, moody, mood, mail } = receivers;
    const run = String(Date.now());
    const [hookName, mailName, moodyName, quietName] = [`Hook ${run}`, `Mail ${run}`, `Moody ${run}`, `Quiet ${run}`];
    const address = `ops+${run}@demo.example`;
    const secret = await addWebhook(page, { name: hookName }, hook);
    await addMail(page, { name: mailName, to: address }, mail);
    await addWebhook(page, { name: moodyName, fallback: hookName }, moody);
    await addWebhook(page, { name: quietName, fallback: hookName }, moody);
    await addRoute(page, { name: `Broken ${run}`, label: "channel", value: moodyName, channel: mailName });

    await test.step("the test buttons reach both", async () => {
      await testChannel(page, hookName, "The channel took it.");
      const tests = toldAbout(hook, hookName, "reaches this channel");
      expect(tests.map((one) => isSignedWith(secret, one))).toEqual([true]);
      await testChannel(page, mailName, "The channel took it.");
      expect(subjectsTo(address, mail, "reaches this channel")).toEqual(["Test: [Info] Headroom reaches this channel"]);
    });

    await test.step("a channel that fails shows as failing; its fallback and its route say so, once", async () => {
      mood.status = 404;
      await testChannel(page, moodyName, "The channel did not take it");
      await expect(rowOf(page, moodyName)).toContainText("Failing");
      await expect(rowOf(page, moodyName)).toContainText("no such hook");
      await expect.poll(() => typesAbout(hook, hookName, moodyName), SOON).toEqual(["channel.failing"]);
      await expect
        .poll(() => subjectsTo(address, mail, moodyName), SOON)
        .toEqual([`[Critical, triggered] Notification channel ${moodyName} is failing`]);
    });

    await test.step("the log has it, and sends it again under the same id", async () => {
      await page.goto("/alerts/deliveries");
      await settled(page);
      await page.getByRole("combobox", { name: "Channel", exact: true }).click();
      await page.getByRole("option", { name: hookName, exact: true }).click();
      const row = page.getByRole("row").filter({ hasText: moodyName });
      await expect(row).toContainText("Delivered");
      await row.getByRole("button").click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("region", { name: "Attempts" })).toContainText("200");
      await expect(dialog.getByRole("region", { name: "Payload" })).toContainText("channel.failing");
      await dialog.getByRole("button", { name: "Send again" }).click();
      await expect.poll(() => typesAbout(hook, hookName, moodyName), SOON).toEqual(["channel.failing", "channel.failing"]);
      await expect(dialog).toContainText("Sent again");
      const ids = toldAbout(hook, hookName, moodyName).map(({ headers }) => headers["webhook-id"]);
      expect(new Set(ids).size).toBe(1);
    });

    await test.step("what is silenced is told when the silence ends", async () => {
      await page.goto(`/alerts/silences?labels=channel:${encodeURIComponent(quietName)}`);
      await settled(page);
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByLabel("Values 1")).toHaveValue(quietName);
      await dialog.getByRole("button", { name: "Make silence" }).click();
      await expect(dialog.getByRole("alert")).toHaveText("Say why.");
      await dialog.getByLabel("Why").fill(`Maintenance ${run}`);
      await dialog.getByRole("button", { name: "Make silence" }).click();
      await expect(page.getByRole("row").filter({ hasText: `Maintenance ${run}` })).toContainText("Active");
      await testChannel(page, quietName, "The channel did not take it");
      await expect(async () => {
        await page.reload();
        await page.getByRole("button", { name: /^Notifications/ }).click();
        const newest = page.getByRole("list", { name: "Newest notifications" }).getByRole("listitem");
        await expect(newest.filter({ hasText: quietName })).toContainText("silenced", { timeout: 3_000 });
      }).toPass(SOON);
      expect(typesAbout(hook, hookName, quietName)).toEqual([]);
      await page.goto("/alerts/silences");
      await page.getByRole("button", { name: `End the silence “Maintenance ${run}”` }).click();
      await expect.poll(() => typesAbout(hook, hookName, quietName), SOON).toEqual(["channel.failing"]);
    });

    await test.step("a channel that works again says so to those who knew", async () => {
      mood.status = 200;
      await testChannel(page, moodyName, "The channel took it.");
      await expect(rowOf(page, moodyName)).toContainText("Working");
      await expect.poll(() => typesAbout(hook, hookName, moodyName).at(-1), SOON).toBe("channel.recovered");
      await expect
        .poll(() => subjectsTo(address, mail, moodyName).at(-1), SOON)
        .toBe(`[Resolved] Notification channel ${moodyName} works again`);
    });

    await removeRoute(page, `Broken ${run}`);
    for (const name of [quietName, moodyName, mailName, hookName]) await deleteChannel(page, name);
    await page.context().close();
  });

  test("routes below routes, quiet times and inhibition are forms that say what is wrong", async ({ browser }) => {
    const page = await pageOf(browser, "admin");
    const run = String(Date.now());
    await addWebhook(page, { name: `Form ${run}` }, receivers.hook);
    await addRoute(page, { name: `Outer ${run}`, label: "tenant", value: `t${run}`, channel: `Form ${run}` });
    const dialog = page.getByRole("dialog");

    await page.getByRole("button", { name: "Schedule", exact: true }).click();
    await dialog.getByLabel("From 1").fill("25:00");
    await dialog.getByLabel("Time zone").fill("Europe/Nowhere");
    await dialog.getByRole("button", { name: "Add schedule" }).click();
    await expect(dialog.getByRole("alert")).toHaveText([
      "Name the schedule.",
      "There is no such time zone. Write it like Europe/Paris.",
      "Write it as hh:mm, e.g. 22:00.",
    ]);
    await dialog.getByLabel("Name", { exact: true }).fill(`Nights ${run}`);
    await dialog.getByLabel("From 1").fill("22:00");
    await dialog.getByLabel("Time zone").fill("Pacific/Chatham");
    await dialog.getByRole("button", { name: "Add schedule" }).click();
    const schedule = page.getByRole("region", { name: "Mute schedules" }).getByRole("listitem").filter({ hasText: run });
    await expect(schedule).toContainText("Mon–Fri 22:00–07:00 (Pacific/Chatham); named by no route");

    await page.getByRole("button", { name: `Add a route below Outer ${run}` }).click();
    await dialog.getByRole("button", { name: "Add route" }).click();
    await expect(dialog.getByRole("alert")).toHaveText("Name the route.");
    await dialog.getByLabel("Name of the route").fill(`Inner ${run}`);
    await dialog.getByLabel("Tell channels of its own").uncheck();
    await dialog.getByLabel("Mute it by schedules of its own").check();
    await dialog.getByLabel(`Nights ${run}`).check();
    await dialog.getByRole("button", { name: "Add route" }).click();
    const inner = page.getByRole("list", { name: `Routes below Outer ${run}` }).getByRole("listitem");
    await expect(inner).toContainText(`Channels of the route above; muted by Nights ${run}`);
    await expect(schedule).toContainText("named by one route");

    await page.getByRole("button", { name: "Inhibition", exact: true }).click();
    await dialog.getByLabel("Values 1").first().fill("");
    await dialog.getByRole("button", { name: "Add inhibition" }).click();
    await expect(dialog.getByRole("alert")).toHaveText("Give a value.");
    await dialog.getByLabel("Values 1").first().fill(`outage-${run}`);
    await dialog.getByRole("button", { name: "Add inhibition" }).click();
    const inhibition = page.getByRole("region", { name: "Inhibition" }).getByRole("listitem").filter({ hasText: run });
    await expect(inhibition).toContainText(
      `While severity is outage-${run} is open, severity is warning is not told when both have the same tenant.`,
    );

    await cleanUp(page, run);
    await page.context().close();
  });
});

async function cleanUp(page: Page, run: string): Promise<void> {
  const inhibition = page.getByRole("region", { name: "Inhibition" }).getByRole("listitem").filter({ hasText: run });
  await inhibition.getByRole("button", { name: /^Remove/ }).click();
  await expect(inhibition).toHaveCount(0);
  await page.getByRole("button", { name: `Remove schedule Nights ${run}` }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove schedule" }).click();
  await expect(routeOf(page, `Outer ${run}`)).not.toContainText("muted by");
  await removeRoute(page, `Outer ${run}`);
  await deleteChannel(page, `Form ${run}`);
}
