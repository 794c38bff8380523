import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { gatewayPolicySchema } from "@/lib/policies/schemas";
import { canonicalHash } from "@/lib/protocol/canonical";
import { payloadOf } from "../foreign/read-content";
import { step, testDeps } from "../foreign/testing/driver-deps";
import { serve, type Asked, type Reply } from "../foreign/testing/http-server";
import { webhookConfigSchema } from "./config";
import { openWebhook } from "./open-webhook";

const SECRET = "shared-secret";
const document = (environment: string) =>
  payloadOf("webhook", { environment, policy: gatewayPolicySchema.parse({}), layers: [] });

/** A receiver that checks signatures and does each idempotency key once. */
async function receiver() {
  const behave = { statuses: [] as number[], forgets: false, redirect: false };
  let inForce: unknown = null;
  const done = new Set<string>();
  const signed = ({ headers, text }: Asked) => {
    const mac = createHmac("sha256", SECRET)
      .update(`${String(headers["x-headroom-timestamp"])}.${text}`)
      .digest("hex");
    return headers["x-headroom-signature"] === `v1=${mac}`;
  };
  const server = await serve((asked): Reply => {
    if (!signed(asked)) return { status: 401 };
    if (asked.method === "GET") return inForce === null ? { status: 404 } : { json: inForce };
    if (behave.redirect) return { status: 302, headers: { location: "http://169.254.169.254/" } };
    const status = behave.statuses.shift() ?? 200;
    if (status !== 200) return { status, headers: { "retry-after": "7" } };
    const key = String(asked.headers["idempotency-key"]);
    if (!done.has(key) && !behave.forgets) inForce = (JSON.parse(asked.text) as { payload: unknown }).payload;
    done.add(key);
    return {};
  });
  return { ...server, behave, posts: () => server.asked.filter((one) => one.method === "POST"), inForce: () => inForce };
}

async function webhook(url: string, over: object = {}, secret = SECRET) {
  const deps = testDeps({ env: { HEADROOM_WEBHOOK_SECRET: secret } });
  const config = webhookConfigSchema.parse({ connector: "webhook", url, readBackUrl: `${url}/current`, ...over });
  return { driver: await openWebhook(config, deps), deps };
}

describe("a webhook", () => {
  it("is sent a signed order, and counts as applied when the read-back is the payload", async () => {
    const server = await receiver();
    const { driver } = await webhook(server.url);
    await driver.apply(document("eu"), step());
    const body = JSON.parse(server.posts()[0]!.text) as Record<string, unknown>;
    expect(body).toEqual({
      target: "agent-1",
      generation: 7,
      why: "offer",
      hash: canonicalHash(document("eu")),
      payload: document("eu"),
    });
    expect(await driver.effectiveHash()).toBe(canonicalHash(document("eu")));
    // What is in force already is not ordered again.
    await driver.apply(document("eu"), step("boot"));
    expect(server.posts()).toHaveLength(1);
  });

  it("tries again after 503 and 429, as late as asked, with one idempotency key and a new signature each time", async () => {
    const server = await receiver();
    server.behave.statuses = [503, 429];
    const { driver, deps } = await webhook(server.url);
    await driver.apply(document("eu"), step());
    const posts = server.posts();
    expect(posts).toHaveLength(3);
    expect(new Set(posts.map((post) => post.headers["idempotency-key"])).size).toBe(1);
    expect(new Set(posts.map((post) => post.headers["x-headroom-signature"])).size).toBe(3);
    expect(deps.waitedMs()).toBe(14_000);
  });

  it("gives up after its tries, and at once where trying again cannot help", async () => {
    const server = await receiver();
    const { driver } = await webhook(server.url, { tries: 3 });
    server.behave.statuses = [500, 500, 500, 500];
    await expect(driver.apply(document("eu"), step())).rejects.toThrow("The webhook answered 500 to POST /");
    expect(server.posts()).toHaveLength(3);
    server.behave.statuses = [422];
    await expect(driver.apply(document("eu"), step())).rejects.toThrow("422");
    expect(server.posts()).toHaveLength(4);
  });

  it("believes the read-back and not the 200, and puts back what was in force", async () => {
    const server = await receiver();
    const { driver } = await webhook(server.url, { convergenceSec: 5 });
    await driver.apply(document("eu"), step());
    server.behave.forgets = true;
    await expect(driver.apply(document("us"), step())).rejects.toThrow(
      /took the order, and 5 s later something else is in force/,
    );
    expect(server.inForce()).toEqual(document("eu"));
  });

  it("does not follow redirects", async () => {
    const server = await receiver();
    server.behave.redirect = true;
    const { driver } = await webhook(server.url);
    await expect(driver.apply(document("eu"), step())).rejects.toThrow("a redirect is not followed");
  });

  it("says which secret to check when the receiver refuses the signature", async () => {
    const server = await receiver();
    const { driver } = await webhook(server.url, {}, "another");
    await expect(driver.apply(document("eu"), step())).rejects.toThrow("check HEADROOM_WEBHOOK_SECRET");
    expect(await driver.health()).toMatchObject({ ok: false });
    await expect(
      openWebhook(webhookConfigSchema.parse({ connector: "webhook", url: server.url, readBackUrl: server.url }), testDeps()),
    ).rejects.toThrow("HEADROOM_WEBHOOK_SECRET is not set");
  });

  it("refuses a document that is none", async () => {
    const { driver } = await webhook((await receiver()).url);
    expect(driver.refuse(payloadOf("webhook", { environment: "eu" }))).toContain("policy");
    expect(driver.refuse(document("eu"))).toBeNull();
  });
});
