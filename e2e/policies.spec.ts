/** A lead writes a policy, meets somebody else's edit, goes back; an impossible plan is refused; a viewer only looks. */
import { expect, test, type Page } from "@playwright/test";
import { pageOf, settled, sql } from "./journey";

/** Of its own for each run: versions are kept for ever. */
const ENDPOINT = `e2e.answer-${Date.now().toString(36)}`;
const open = (page: Page) => page.goto(`/policies?endpoint=${ENDPOINT}&kind=tokens&level=endpoint`);
const editor = (page: Page) => page.getByRole("region", { name: `tokens of endpoint ${ENDPOINT}` });
const json = (page: Page) => page.getByRole("textbox", { name: `tokens of endpoint ${ENDPOINT} as JSON` });
const save = (page: Page) => page.getByRole("button", { name: "Save and publish" });
const said = (page: Page, text: string | RegExp) => expect(page.getByText(text).first()).toBeVisible();

async function writeAndSave(page: Page, text: string, why: string) {
  await json(page).fill(text);
  await page.getByLabel("Why").fill(why);
  await expect(save(page)).toBeEnabled();
  await save(page).click();
}

test("a policy is written, previewed, saved, merged with another edit, and restored", async ({ browser }) => {
  const lead = await pageOf(browser, "lead");
  await lead.goto(`/policies?endpoint=${ENDPOINT}`);
  await settled(lead);
  await lead.getByRole("button", { name: `Write tokens of endpoint ${ENDPOINT}` }).click();

  // A common value writes into the JSON; what it does is said before it is saved.
  await lead.getByLabel("Output cap").fill("500");
  await expect(json(lead)).toHaveValue(/"maxOutputTokens": 500/);
  await said(lead, `endpoint ${ENDPOINT}: tokens max output tokens set to 500`);
  await expect(save(lead)).toBeDisabled();

  // What cannot be read says where, and cannot be saved.
  await json(lead).fill('{\n  "maxOutputTokens": 500,\n}');
  await lead.getByRole("button", { name: "Error, line 3" }).click();
  await expect(json(lead)).toBeFocused();
  await said(lead, /Remove the comma before this }/);
  await json(lead).fill('{ "maxOutputToken": 500 }');
  await said(lead, /did you mean "maxOutputTokens"/);
  await writeAndSave(lead, '{ "maxOutputTokens": 500 }', "A sentence is enough");
  await said(lead, /Saved version 1/);
  const effective = lead.getByRole("region", { name: "Effective tokens" });
  await expect(effective.getByText(`from endpoint ${ENDPOINT}`)).toBeVisible();

  // Somebody else saves while the lead edits: nobody is overwritten.
  await json(lead).fill('{ "maxOutputTokens": 400 }');
  const admin = await pageOf(browser, "admin");
  await open(admin);
  await writeAndSave(admin, '{ "maxOutputTokens": 500, "maxInputTokens": 9000 }', "Long prompts time out");
  await said(admin, /Saved version 2/);
  await lead.getByLabel("Why").fill("Shorter still");
  if (await save(lead).isEnabled()) await save(lead).click();
  const notice = lead.getByRole("alert", { name: "Somebody else saved meanwhile" });
  await expect(notice).toContainText("Long prompts time out");
  await notice.getByRole("button", { name: "Take both edits" }).click();
  await expect(save(lead)).toBeEnabled();
  await save(lead).click();
  await said(lead, /Saved version 3/);

  // And back, as a new version.
  await lead.getByRole("button", { name: "History" }).click();
  await expect(lead.getByRole("list", { name: "Versions, newest first" }).getByText("in force")).toBeVisible();
  await lead.getByRole("button", { name: "Restore version 1" }).click();
  const dialog = lead.getByRole("dialog");
  await expect(dialog.getByText(/max output tokens 400 → 500/)).toBeVisible();
  await dialog.getByRole("button", { name: "Restore and publish" }).click();
  await said(lead, /Version 1 is back, as version 4/);
  await expect(editor(lead)).toContainText("Version 4 is in force");

  const versions = await sql<{ document: object; restored_from: number | null }>(
    "select document, restored_from from policy_version where scope_value = $1 order by version",
    [ENDPOINT],
  );
  expect(versions).toEqual([
    { document: { maxOutputTokens: 500 }, restored_from: null },
    { document: { maxInputTokens: 9000, maxOutputTokens: 500 }, restored_from: null },
    { document: { maxInputTokens: 9000, maxOutputTokens: 400 }, restored_from: null },
    { document: { maxOutputTokens: 500 }, restored_from: 1 },
  ]);
  const audit = await sql<{ action: string }>("select action from audit_event where subject = $1 order by seq", [
    `policy:tokens:endpoint:${ENDPOINT}`,
  ]);
  expect(audit.map(({ action }) => action)).toEqual(["policy.save", "policy.save", "policy.save", "policy.restore"]);
  await lead.context().close();
  await admin.context().close();
});

test("a number format that the GPUs of a pool cannot run is refused before it is saved", async ({ browser }) => {
  await sql("insert into pool (id, name, model, engine) values ('e2e-ampere', 'E2E', 'm', 'vllm')");
  await sql("insert into node (id, pool_id, gpu_type, gpu_count) values ('e2e-ampere-n1', 'e2e-ampere', 'NVIDIA A10G', 1)");
  try {
    const lead = await pageOf(browser, "lead");
    await lead.goto("/policies?of=engines&pool=e2e-ampere&kind=engine&level=pool");
    await lead.getByRole("combobox", { name: "Quantization" }).click();
    await lead.getByRole("option", { name: "fp8" }).click();
    await said(lead, /FP8 \(W8A8\) needs Ada, Hopper, Blackwell or an AMD GPU; NVIDIA A10G is Ampere/);
    await lead.getByLabel("Why").fill("Half the memory");
    await expect(save(lead)).toBeDisabled();
    await lead.context().close();
  } finally {
    await sql("delete from node where id = 'e2e-ampere-n1'");
    await sql("delete from pool where id = 'e2e-ampere'");
  }
});

test("a viewer of one tenant sees what applies to it, and cannot change it", async ({ browser }) => {
  const viewer = await pageOf(browser, "viewer");
  await viewer.goto("/policies");
  await settled(viewer);
  await said(viewer, /It concerns tenants that you do not see/);
  await expect(viewer.getByRole("button", { name: /^(Edit|Write)/ })).toHaveCount(0);
  await viewer.getByRole("button", { name: "Engines" }).click();
  await said(viewer, "Engines serve every tenant");
  await viewer.context().close();
});
