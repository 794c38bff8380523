import { describe, expect, it } from "vitest";
import type { SyncOutcome, WokenPoll } from "@/lib/fleet/sync-targets";
import { AppError } from "@/lib/http";
import { createSyncBatches } from "./sync-batches";

const poll = (targetId: string): WokenPoll => ({ kind: "wake", targetId, bootId: "b", seq: 1 });
const refusal: SyncOutcome = { kind: "refuse", code: "revoked" };

describe("batches", () => {
  it("gather what arrives while one is decided, and keep the order", async () => {
    const seen: string[][] = [];
    let release = () => {};
    const batches = createSyncBatches(
      async (items) => {
        seen.push(items.map((item) => item.targetId));
        if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve));
        return items.map(() => refusal);
      },
      () => undefined,
    );
    const first = batches.decide(poll("a"));
    await expect.poll(() => seen.length).toBe(1);
    const others = ["b", "c", "b"].map((id) => batches.decide(poll(id)));
    expect(batches.waiting()).toBe(3);
    release();
    await Promise.all([first, ...others, batches.idle()]);
    expect(seen).toEqual([["a"], ["b", "c", "b"]]);
  });

  it("one that cannot be decided fails alone; when the database is away all are told at once", async () => {
    let [runs, away] = [0, false];
    const batches = createSyncBatches(
      async (items) => {
        runs += 1;
        if (away) throw new AppError("unavailable", "away");
        if (items.some((item) => item.targetId === "poison")) throw new Error("invalid byte sequence");
        return items.map(() => refusal);
      },
      () => undefined,
    );
    const settle = () => Promise.allSettled(["a", "poison", "b"].map((id) => batches.decide(poll(id))));
    expect((await settle()).map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(runs).toBe(4);
    away = true;
    expect((await settle()).map((one) => one.status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(runs).toBe(5);
  });
});
