import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHash } from "..";
import { mortalDisk, type MortalDisk } from "../testing/mortal-disk";
import { payloadOf, testTarget, type TestTarget } from "../testing/test-target";
import { startMachine, type Machine } from "./machine";
import { openStorage } from "./storage";

const timing = { reconnectJitterMs: 0, retryMs: 0, pollGapMs: 0, slowPollMs: 0, answerMs: 0, reapplyMs: 0 };

async function machineOn(disk: MortalDisk, applier: TestTarget, onReport: () => void = () => undefined): Promise<Machine> {
  let steadyMs = 0;
  return startMachine({
    storage: await openStorage(disk),
    applier,
    connector: "file",
    program: "1",
    // Ten minutes pass at each look: crashes never add up to a verdict here.
    clock: { wallMs: () => (steadyMs += 601_000), steadyMs: () => steadyMs, wait: () => new Promise(() => undefined) },
    log: () => undefined,
    timing,
    onReport,
  });
}

/** Offers it and waits until the machine is idle again. */
async function offer(machine: Machine, generation: number, content: Parameters<typeof payloadOf>[0]): Promise<void> {
  const payload = payloadOf(content);
  const version = { generation, hash: canonicalHash(payload), leaseTtlSec: null };
  await machine.offer(version, payload, { ungenuine: null, force: false });
  while (machine.state().task) await new Promise((resolve) => setImmediate(resolve));
}

describe("a power cut between any two steps of the disk", () => {
  const content = fc.record({ n: fc.integer({ min: 1, max: 4 }), bad: fc.nat(3) });

  it("leaves a good generation, which the next start runs and tells truly", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { minLength: 1, maxLength: 5 }),
        fc.nat(140),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 60, maxLength: 60 }),
        async (contents, powerSteps, chances) => {
          const disk = mortalDisk(powerSteps);
          const target = testTarget();
          let settled: { generation: number; hash: string } | null = null;
          let newest = 0;
          /** What could have been put in force by the steps that worked. */
          const possible: (string | null)[] = [null];
          try {
            const machine = await machineOn(disk, target);
            await machine.ready;
            for (const [index, { n, bad }] of contents.entries()) {
              const given = bad === 0 ? { n: n + 10, fail: "no" } : { n };
              possible.push(bad === 0 ? null : canonicalHash(payloadOf(given)));
              await offer(machine, index + 1, given);
              if (disk.steps > powerSteps) break;
              settled = machine.state().record.running;
              newest = machine.state().record.newest.generation;
            }
          } catch (error) {
            expect(String(error)).toContain("The power is gone");
          }
          let index = 0;
          const survivor = disk.afterPowerCut(() => chances[index++ % chances.length]!);
          const fresh = testTarget();
          const again = await machineOn(survivor, fresh);
          await again.ready;
          const { running, newest: seen } = again.state().record;
          // Never older than what was settled, never anything that failed or was never applied.
          expect(running?.generation ?? 0).toBeGreaterThanOrEqual(settled?.generation ?? 0);
          expect(seen.generation).toBeGreaterThanOrEqual(newest);
          expect(possible).toContain(running?.hash ?? null);
          expect(fresh.story).toEqual(running ? [`boot ${fresh.runs}`] : []);
          expect(fresh.effectiveHash()).toBe(running?.hash ?? null);
          expect(again.payload() === null ? null : canonicalHash(again.payload())).toBe(running?.hash ?? null);
          // And it takes orders as before.
          await offer(again, 100, { n: 99 });
          expect([fresh.runs, again.state().record.running?.generation]).toEqual([99, 100]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("or a disk that is full from one moment on: orders are refused with the reason, what runs keeps running", async () => {
    const roomy = mortalDisk();
    const rehearsal = await machineOn(roomy, testTarget());
    await rehearsal.ready;
    await offer(rehearsal, 1, { n: 1 });
    const target = testTarget();
    const machine = await machineOn(mortalDisk(roomy.steps), target);
    await machine.ready;
    await offer(machine, 1, { n: 1 });
    await offer(machine, 2, { n: 2 });
    const { record } = machine.state();
    expect(record.lastAttempt).toMatchObject({
      generation: 2,
      status: "refused",
      error: expect.stringContaining("cannot be written"),
    });
    expect([target.story, record.running?.generation]).toEqual([["offer 1"], 1]);
    expect((await machine.report()).health).toMatchObject({ ok: false, reason: expect.stringContaining("cannot be written") });
  });

  it("and a slot or a payload that is damaged later costs one generation, not all", async () => {
    const disk = mortalDisk();
    const machine = await machineOn(disk, testTarget());
    await machine.ready;
    for (const n of [1, 2, 3]) await offer(machine, n, { n });
    const files = Object.fromEntries(
      await Promise.all((await disk.list()).map(async (name) => [name, (await disk.read(name))!] as const)),
    );
    const slots = Object.keys(files).filter((name) => name.startsWith("slot-"));
    expect(slots.toSorted()).toEqual(["slot-a.json", "slot-b.json"]);
    const running = async (over: Record<string, string>) => {
      const target = testTarget();
      const again = await machineOn(mortalDisk(undefined, { ...files, ...over }), target);
      await again.ready;
      return target.runs;
    };
    expect(await running({})).toBe(3);
    for (const slot of slots)
      expect(await running({ [slot]: files[slot]!.replace('"attempts":3', '"attempts":4') })).toBeGreaterThanOrEqual(2);
    expect(await running({ [`payload-${canonicalHash(payloadOf({ n: 3 }))}.json`]: "{}" })).toBe(2);
  });
});
