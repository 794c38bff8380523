import { describe, expect, it } from "vitest";
import { notificationSchema } from "@/lib/notifications/schemas";
import { changeNotification } from "./change-notification";

const moment = (kind: string, data: Record<string, unknown> = {}) => ({
  changeId: "c7",
  number: 7,
  title: "FP8 on llama-8b",
  tenants: ["*"],
  kind,
  data,
});

describe("what people hear of a change", () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ["submit", { by: "Ada" }, "info", "Change 7 asks for a review: FP8 on llama-8b"],
    ["approve", { status: "approved" }, "info", "Change 7 is approved: FP8 on llama-8b"],
    ["suspended", { reason: "Changes are frozen." }, "warning", "Change 7 could not start at its time: FP8 on llama-8b"],
    ["break_glass", {}, "critical", "Change 7 was started past every approval: a review is owed: FP8 on llama-8b"],
    ["rollout.paused", { newlyPaused: true }, "warning", "Change 7 stands still and waits for somebody: FP8 on llama-8b"],
    ["rollout.promoted", {}, "info", "Change 7 is what everybody runs: FP8 on llama-8b"],
  ])("%s", (kind, data, severity, title) => {
    const said = changeNotification(moment(kind, data))!;
    expect(said).toMatchObject({ severity, title, path: "/changes/c7", groupKey: "change:c7", tenants: ["*"] });
    expect(notificationSchema.safeParse({ ...said, dedupeKey: "x", at: new Date() }).error).toBeUndefined();
  });

  it("going back is an incident that ends when everybody is back, and stays when somebody is not", () => {
    const states = ["rollout.rolling_back", "rollout.rolled_back", "rollout.rollback_degraded"].map((kind) => {
      const said = changeNotification(moment(kind, { from: "rolling_back", reason: "Errors 9 times as often." }))!;
      return [said.severity, said.incidentKey, said.incidentState, said.body];
    });
    expect(states).toEqual([
      ["critical", "rollback:c7", "triggered", "Errors 9 times as often."],
      ["warning", "rollback:c7", "resolved", "Errors 9 times as often."],
      ["critical", "rollback:c7", "triggered", "Errors 9 times as often."],
    ]);
    expect(changeNotification(moment("rollout.rolled_back", { from: "preflight" }))).not.toHaveProperty("incidentKey");
  });

  it.each(["create", "edit", "comment", "evaluation", "rollout.soaking", "rollout.pause"])("%s only refreshes pages", (kind) => {
    expect(changeNotification(moment(kind))).toBeNull();
  });
  it("one approval of two, and a pause that only changed its words, are nothing yet", () => {
    expect(changeNotification(moment("approve", { status: "in_review" }))).toBeNull();
    expect(changeNotification(moment("rollout.paused", { newlyPaused: false }))).toBeNull();
  });
});
