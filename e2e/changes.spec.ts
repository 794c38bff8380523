/** Two people take a change from a template to a running rollout, and one of them aborts it; a freeze holds another one. */
import { expect, test, type Page } from "@playwright/test";
import { act, box, saveDraft, useTemplate } from "./change-page";
import { pageOf, settled, sql } from "./journey";

const RUN = Date.now().toString(36);
const ENDPOINT = `e2e.changes-${RUN}`;

/** Caps the answers of an endpoint of its own and lands on the page of the draft. */
async function draftCap(page: Page, cap: number, title: string): Promise<string> {
  await useTemplate(page, "cap-outputs", {
    level: "An endpoint",
    value: ENDPOINT,
    fields: { "Longest answer (tokens)": String(cap) },
  });
  await page.getByLabel("Title").fill(title);
  await expect(page.getByText(new RegExp(`endpoint ${ENDPOINT}: tokens max output tokens .*${cap}`)).first()).toBeVisible();
  await expect(page.getByText("It could be submitted as it is.")).toBeVisible();
  return saveDraft(page);
}

test("drafted by an analyst, approved by a lead, started, and aborted", async ({ browser }) => {
  const analyst = await pageOf(browser, "analyst");
  const lead = await pageOf(browser, "lead");
  const title = `Cap ${ENDPOINT} at 321`;
  const id = await draftCap(analyst, 321, title);
  await act(analyst, "Submit for review").click();
  await expect(box(analyst).getByText("in review")).toBeVisible();
  // Who worked on it is told why they cannot approve it.
  await expect(act(analyst, "Approve")).toBeDisabled();
  await expect(box(analyst).getByRole("list", { name: "What is missing" })).toContainText("Approve");

  // The other person finds it among those that wait for them, asks for changes, then approves the edited one.
  await lead.goto("/changes?awaiting=true");
  await lead.getByRole("link", { name: new RegExp(title) }).click();
  await expect(lead.getByRole("region", { name: "What changes" })).toContainText("max output tokens");
  await act(lead, "Ask for changes").click();
  await lead.getByRole("dialog").getByLabel("What you say").fill("400 is enough, 321 cuts tables.");
  await lead.getByRole("dialog").getByRole("button", { name: "Ask for changes" }).click();
  await expect(analyst.getByRole("region", { name: "Comments" })).toContainText("321 cuts tables");
  await act(analyst, "Edit").click();
  await analyst.getByLabel("Output cap").fill("400");
  await analyst.getByRole("button", { name: "Save changes" }).click();
  await analyst.waitForURL(new RegExp(`/changes/${id}$`));
  await act(analyst, "Submit for review").click();
  await expect(act(lead, "Approve")).toBeEnabled();
  await expect(lead.getByRole("region", { name: "What changes" })).toContainText("400");
  await act(lead, "Approve").click();
  await lead.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await expect(box(lead).getByText("1 of 1 approvals")).toBeVisible();
  // The page of the author follows without a reload.
  await expect(box(analyst).getByText("approved", { exact: true })).toBeVisible();

  await act(lead, "Start rollout").click();
  await lead.getByRole("dialog").getByRole("button", { name: "Start rollout" }).click();
  await expect(box(lead).getByText("rolling out")).toBeVisible();
  await expect(lead.getByRole("list", { name: "Steps" })).toBeVisible();
  await act(lead, "Abort").click();
  await lead.getByRole("alertdialog").getByRole("button", { name: "Abort rollout" }).click();
  await expect(box(lead).getByText("rolled back", { exact: true })).toBeVisible({ timeout: 120_000 });
  await expect(box(lead)).toContainText("aborted it");

  const [change] = await sql<{ status: string; contributors: number }>(
    "select status, cardinality(contributors) as contributors from change where id = $1",
    [id],
  );
  expect(change).toEqual({ status: "rolled_back", contributors: 1 });
  const versions = await sql("select 1 from policy_version where scope_value = $1", [ENDPOINT]);
  expect(versions).toEqual([]);
  // What an auditor is given, by an admin.
  const admin = await pageOf(browser, "admin");
  await admin.goto(`/changes/${id}`);
  const download = admin.waitForEvent("download");
  await admin.getByRole("link", { name: "Evidence bundle" }).click();
  expect((await download).suggestedFilename()).toMatch(/evidence\.json$/);
  await admin.context().close();
  await analyst.context().close();
  await lead.context().close();
});

test("nothing starts while changes are frozen", async ({ browser }) => {
  const admin = await pageOf(browser, "admin");
  const reason = `E2E freeze ${RUN}`;
  await admin.goto("/changes");
  await settled(admin);
  await admin.getByRole("button", { name: "Freeze changes" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("Why").fill(reason);
  await dialog.getByRole("button", { name: "Freeze", exact: true }).click();
  await expect(admin.getByText("Changes are frozen").first()).toBeVisible();

  const analyst = await pageOf(browser, "analyst");
  const lead = await pageOf(browser, "lead");
  const id = await draftCap(analyst, 222, `Cap ${ENDPOINT} while frozen`);
  await act(analyst, "Submit for review").click();
  await expect(box(analyst).getByText("in review")).toBeVisible();
  await lead.goto(`/changes/${id}`);
  await act(lead, "Approve").click();
  await lead.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await expect(act(lead, "Start rollout")).toBeDisabled();
  await expect(box(lead).getByRole("list", { name: "What is missing" })).toContainText(`Changes are frozen: ${reason}`);

  await admin.getByRole("button", { name: `Remove the freeze “${reason}”` }).click();
  await admin.getByRole("alertdialog").getByRole("button", { name: "Remove freeze" }).click();
  await expect(act(lead, "Start rollout")).toBeEnabled({ timeout: 60_000 });
  await act(analyst, "Cancel change").click();
  await analyst.getByRole("dialog").getByRole("button", { name: "Cancel change" }).click();
  await expect(box(analyst).getByText("cancelled")).toBeVisible();
  for (const page of [admin, analyst, lead]) await page.context().close();
});

test("a viewer reads, and is told who drafts", async ({ browser }) => {
  const viewer = await pageOf(browser, "viewer", { width: 320 });
  await viewer.goto("/changes");
  await settled(viewer);
  await expect(viewer.getByRole("link", { name: "New change" })).toHaveCount(0);
  await viewer.goto("/changes/new");
  await expect(viewer.getByText("Analysts and leads propose changes")).toBeVisible();
  await viewer.context().close();
});
