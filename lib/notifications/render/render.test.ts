import { describe, expect, it } from "vitest";
import { causeNote, headline, type Message, type Told } from "./message";
import { renderPagerduty } from "./pagerduty";
import { renderSlack } from "./slack";
import { renderSmtp } from "./smtp";
import { escapeMarkdown, renderTeams } from "./teams";
import { renderWebhook, signWebhook } from "./webhook";

const told: Told = {
  id: "7",
  source: "alert",
  kind: "alert.triggered",
  severity: "critical",
  title: "Cost <up> & *away* <!channel>",
  body: "It was $0.031.\nLimit: $0.02 </p><script>alert(1)</script>",
  path: "/alerts?incident=1&x=2",
  labels: { tenant: "acme" },
  incidentKey: "cost:1",
  incidentState: "triggered",
  facts: [{ label: "Now", value: "$0.031 [x](http://evil)" }],
  at: new Date("2026-11-29T07:00:00Z"),
};
const message: Message = {
  id: "8c3a",
  baseUrl: "https://headroom.example",
  workspace: "Acme & Co",
  note: null,
  test: false,
  told: [told],
};

describe("Slack", () => {
  it("says it in blocks, and mentions nobody", () => {
    expect(renderSlack(message)).toEqual({
      text: "[Critical, triggered] Cost &lt;up&gt; &amp; *away* &lt;!channel&gt;",
      unfurl_links: false,
      blocks: [
        {
          type: "header",
          text: { type: "plain_text", text: "Critical, triggered: Cost &lt;up&gt; &amp; *away* &lt;!channel&gt;", emoji: false },
        },
        {
          type: "section",
          text: {
            type: "plain_text",
            text: "It was $0.031.\nLimit: $0.02 &lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            emoji: false,
          },
        },
        { type: "section", fields: [{ type: "plain_text", text: "Now\n$0.031 [x](http://evil)", emoji: false }] },
        {
          type: "actions",
          elements: [
            {
              type: "button",
              text: { type: "plain_text", text: "Open in Headroom", emoji: false },
              url: "https://headroom.example/alerts?incident=1&x=2",
            },
          ],
        },
      ],
    });
  });

  it("stays within 50 blocks however many there are", () => {
    const { blocks } = renderSlack({ ...message, told: Array.from({ length: 500 }, () => told) }) as { blocks: unknown[] };
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(blocks)).toContain("And 490 more in the console.");
  });
});

describe("mail", () => {
  it("has one line of subject, escaped HTML, and a thread for the incident", () => {
    const mail = renderSmtp({ ...message, told: [{ ...told, title: "Cost\r\nBcc: all@example.com" }] });
    expect(mail.subject).toBe("[Critical, triggered] Cost Bcc: all@example.com");
    expect(mail.messageId).toBe("<8c3a@headroom.example>");
    expect(mail.references).toMatch(/^<[0-9a-f]{32}@headroom\.example>$/);
    expect(mail.html).toContain("&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(mail.html).not.toContain("<script>");
    expect(mail.html).toContain('href="https://headroom.example/alerts?incident=1&amp;x=2"');
    expect(mail.text).toBe(
      [
        "Critical, triggered: Cost Bcc: all@example.com",
        "It was $0.031.",
        "Limit: $0.02 </p><script>alert(1)</script>",
        "Now: $0.031 [x](http://evil)",
        "https://headroom.example/alerts?incident=1&x=2",
        "",
        "Sent by Headroom (Acme & Co), https://headroom.example",
      ].join("\n"),
    );
  });
});

describe("PagerDuty", () => {
  it("opens, acknowledges and closes one incident by one key", () => {
    const of = (incidentState: Told["incidentState"]) => renderPagerduty({ ...message, told: [{ ...told, incidentState }] });
    expect(of("triggered")).toEqual({
      event_action: "trigger",
      dedup_key: "cost:1",
      payload: {
        summary: "Cost <up> & *away* <!channel>",
        source: "headroom: Acme & Co",
        severity: "critical",
        timestamp: "2026-11-29T07:00:00.000Z",
        class: "alert.triggered",
        custom_details: {
          standing: "Critical, triggered",
          description: told.body,
          Now: "$0.031 [x](http://evil)",
          labels: { tenant: "acme" },
        },
      },
      client: "Headroom",
      client_url: "https://headroom.example/alerts?incident=1&x=2",
      links: [{ href: "https://headroom.example/alerts?incident=1&x=2", text: "Open in Headroom" }],
    });
    expect([of("acknowledged"), of("resolved")].map((event) => [event["event_action"], event["dedup_key"]])).toEqual([
      ["acknowledge", "cost:1"],
      ["resolve", "cost:1"],
    ]);
  });
});

describe("webhook", () => {
  it("signs as Standard Webhooks' own example, once for each secret", () => {
    const at = new Date(1_614_265_330_000);
    const example = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body: '{"test": 2432232314}' };
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    expect(signWebhook([secret], example)).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
    const two = signWebhook([secret, "whsec_AAAA"], example)["webhook-signature"].split(" ");
    expect(two).toHaveLength(2);
    expect(two[0]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("says what happened", () => {
    expect(renderWebhook({ ...message, note: "Sent again by hand." })).toEqual({
      type: "alert.triggered",
      timestamp: "2026-11-29T07:00:00.000Z",
      data: {
        id: "7",
        source: "alert",
        severity: "critical",
        title: told.title,
        body: told.body,
        url: "https://headroom.example/alerts?incident=1&x=2",
        labels: { tenant: "acme" },
        incident: { key: "cost:1", state: "triggered" },
        facts: told.facts,
        note: "Sent again by hand.",
        workspace: "Acme & Co",
      },
    });
  });
});

describe("Teams", () => {
  it("is a card whose texts are no markdown", () => {
    const card = renderTeams(message) as { attachments: { contentType: string; content: { body: Record<string, unknown>[] } }[] };
    expect(card.attachments[0]!.contentType).toBe("application/vnd.microsoft.card.adaptive");
    expect(card.attachments[0]!.content.body.map(({ type }) => type)).toEqual(["RichTextBlock", "RichTextBlock", "FactSet"]);
    expect(card.attachments[0]!.content.body[2]).toEqual({
      type: "FactSet",
      facts: [{ title: "Now", value: "$0\\.031 \\[x\\]\\(http://evil\\)" }],
    });
    expect(escapeMarkdown("_a_ *b*")).toBe("\\_a\\_ \\*b\\*");
  });

  it("stays within 28 KB", () => {
    const long = {
      ...told,
      body: "x".repeat(5_000),
      facts: Array.from({ length: 20 }, () => ({ label: "Fact", value: "y".repeat(1_000) })),
    };
    expect(JSON.stringify(renderTeams({ ...message, told: Array.from({ length: 30 }, () => long) })).length).toBeLessThan(28_000);
  });
});

it("a message says why it comes again, in one line", () => {
  expect(headline({ told: [told, told], test: true })).toBe(
    "Test: [Critical, triggered] Cost <up> & *away* <!channel> and 1 more",
  );
  expect(["route", "repeat:2", "escalation:1", "fallback:x", "replay:1"].map((cause) => causeNote(cause, "Ops chat"))).toEqual([
    null,
    "Reminder 2: nobody has acknowledged it.",
    "Escalated, step 1: nobody has acknowledged it.",
    "Sent here because Ops chat could not be reached.",
    "Sent again by hand.",
  ]);
});
