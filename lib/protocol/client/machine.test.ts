import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalHash } from "..";
import { mortalDisk } from "../testing/mortal-disk";
import { payloadOf, testTarget, type TestContent } from "../testing/test-target";
import { startMachine } from "./machine";
import { hashesOf } from "./record";
import { openStorage } from "./storage";

const timing = { reconnectJitterMs: 0, retryMs: 0, pollGapMs: 0, slowPollMs: 0, answerMs: 0, reapplyMs: 0 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("offer" as const),
      n: fc.integer({ min: 1, max: 6 }),
      how: fc.constantFrom<Partial<TestContent>>(
        {},
        {},
        { wait: true },
        { wait: true },
        { fail: "no" },
        { break: true },
        { lie: true },
      ),
      leased: fc.boolean(),
    }),
  },
  fc.constant({ do: "release" as const }),
  fc.constant({ do: "crash" as const }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 12 }) }) },
);

it("however orders, crashes and slow applies overlap: what is said to run runs, and all that may be needed is on disk", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      const disk = mortalDisk();
      const target = testTarget();
      let wallMs = 0;
      const said: string[] = [];
      const machine = startMachine({
        storage: await openStorage(disk),
        applier: target,
        connector: "file",
        program: "1",
        clock: { wallMs: () => (wallMs += 60_000), steadyMs: () => 0, wait: (ms, signal) => waitFor(ms, signal) },
        log: (level, message, facts) => void (level === "error" && said.push(`${message} ${facts?.["reason"]}`)),
        timing,
        onReport: () => undefined,
      });
      await machine.ready;
      await machine.answered();
      let generation = 0;
      for (const one of commands) {
        if (one.do === "offer") {
          generation += 1;
          const payload = payloadOf({ n: one.n, ...one.how });
          const version = { generation, hash: canonicalHash(payload), leaseTtlSec: one.leased ? 600 : null };
          await machine.offer(version, payload, { ungenuine: null, force: false });
        } else if (one.do === "release") target.release();
        else if (one.do === "crash") machine.crashed("boom");
        else for (let count = 0; count < one.count; count += 1) await turn();
      }
      for (let quiet = 0; quiet < 20; quiet = machine.state().task ? 0 : quiet + 1) {
        target.release();
        await turn();
      }
      const { record } = machine.state();
      const { health, effectiveHash } = await machine.report();
      expect(effectiveHash).toBe(record.running?.hash ?? effectiveHash);
      if (record.running) expect(canonicalHash(machine.payload())).toBe(record.running.hash);
      expect([health.ok, record.newest.generation, record.applying]).toEqual([true, generation, null]);
      expect(said.filter((line) => line.includes("not on disk"))).toEqual([]);
      await machine.close();
      const again = await openStorage(disk);
      expect(again.damage).toEqual([]);
      expect(again.found).toEqual({ ...record, alive: false });
      for (const hash of hashesOf(record)) expect(again.payload(hash)).not.toBeNull();
    }),
    { numRuns: 300 },
  );
});

/** Only what is asked to wait no time ends by itself. */
function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}
