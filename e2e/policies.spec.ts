/** An edit of a policy becomes a change; a newer version is met while one edits; an impossible plan is refused; a viewer only looks. */
import { expect, test, type Page } from "@playwright/test";
import { pageOf, settled, sql } from "./journey";

/** Of its own for each run: versions are kept for ever. */
const ENDPOINT = `e2e.answer-${Date.now().toString(36)}`;
const open = (page: Page) => page.goto(`/policies?endpoint=${ENDPOINT}&kind=tokens&level=endpoint`);
const json = (page: Page) => page.getByRole("textbox", { name: `tokens of endpoint ${ENDPOINT} as JSON` });
const draft = (page: Page) => page.getByRole("button", { name: "Draft a change" });
const said = (page: Page, text: string | RegExp) => expect(page.getByText(text).first()).toBeVisible();

/** A version in force, as the change of somebody else leaves it when it is promoted. */
async function promoted(document: object, version: number, message: string) {
  const [change] = await sql<{ id: string }>(
    `insert into change (title, rationale, status, since, created_at, content, content_hash, author_id, author_name, contributors,
       quorum, restart_class, restore_sec, blast_domains, tenants)
     values ($1, 'A journey', 'promoted', now(), now(), '{"diff":{},"baseVersions":{},"rolloutPlan":{},"guardrails":[],"schedule":null}',
       'h', 'e2e', 'A journey', '{e2e}', 1, 'instant', 5, '{}', '{*}') returning id`,
    [message],
  );
  await sql(
    `insert into policy_version (kind, scope_level, scope_value, version, document, hash, message, author_kind, author_id, author_name,
       created_at, origin, change_id)
     values ('tokens', 'endpoint', $1, $2, $3::json, md5($3::text), $4, 'system', 'change:' || $5::text, 'A journey', now(), 'change', $5::uuid)`,
    [ENDPOINT, version, JSON.stringify(document), message, change!.id],
  );
  await sql(
    `insert into policy_head (kind, scope_level, scope_value, version, updated_at) values ('tokens', 'endpoint', $1, $2, now())
     on conflict (kind, scope_level, scope_value) do update set version = excluded.version, updated_at = excluded.updated_at`,
    [ENDPOINT, version],
  );
}

test("a policy is written, previewed, merged with another edit, drafted as a change, and restored by one", async ({
  browser,
}) => {
  const lead = await pageOf(browser, "lead");
  await lead.goto(`/policies?endpoint=${ENDPOINT}`);
  await settled(lead);
  await lead.getByRole("button", { name: `Write tokens of endpoint ${ENDPOINT}` }).click();

  // A common value writes into the JSON; what it does is said before it is drafted.
  await lead.getByLabel("Output cap").fill("500");
  await expect(json(lead)).toHaveValue(/"maxOutputTokens": 500/);
  await said(lead, `endpoint ${ENDPOINT}: tokens max output tokens set to 500`);
  await expect(draft(lead)).toBeEnabled();

  // What cannot be read says where, and cannot be drafted.
  await json(lead).fill('{\n  "maxOutputTokens": 500,\n}');
  await expect(draft(lead)).toBeDisabled();
  await lead.getByRole("button", { name: "Error, line 3" }).click();
  await expect(json(lead)).toBeFocused();
  await said(lead, /Remove the comma before this }/);
  await json(lead).fill('{ "maxOutputToken": 500 }');
  await said(lead, /did you mean "maxOutputTokens"/);

  // Somebody else is quicker: nobody is overwritten.
  await json(lead).fill('{ "maxOutputTokens": 400 }');
  await promoted({ maxInputTokens: 9_000 }, 1, "Long prompts time out");
  const notice = lead.getByRole("alert", { name: "Somebody else saved meanwhile" });
  await expect(notice).toContainText("Long prompts time out", { timeout: 30_000 });
  await expect(draft(lead)).toBeDisabled();
  await notice.getByRole("button", { name: "Take both edits" }).click();
  await draft(lead).click();
  await lead.waitForURL("**/changes/new");
  await expect(json(lead)).toHaveValue(/"maxInputTokens": 9000/);
  await said(lead, `endpoint ${ENDPOINT}: tokens max output tokens set to 400`);

  // And back to an earlier version, as a change too.
  await promoted({ maxInputTokens: 9_000, maxOutputTokens: 300 }, 2, "Shorter still");
  await open(lead);
  await lead.getByRole("button", { name: "History" }).click();
  await expect(lead.getByRole("list", { name: "Versions, newest first" }).getByText("in force")).toBeVisible();
  await lead.getByRole("button", { name: "Restore version 1" }).click();
  const dialog = lead.getByRole("dialog");
  await expect(dialog.getByText(/max output tokens/)).toBeVisible();
  await dialog.getByRole("button", { name: "Draft a change" }).click();
  await lead.waitForURL("**/changes/new");
  await expect(lead.getByLabel("Title")).toHaveValue(`Tokens of endpoint ${ENDPOINT} back to version 1`);
  await lead.context().close();
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
    await expect(draft(lead)).toBeDisabled();
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
