/**
 * Supervises engines of one node behind one front.
 *
 *              bring up: spawn → healthy → warm → read back
 *   (nothing) ──────────────────────────────────────────────→ current ──next one took over──→ warm ──keepWarmSec──→ gone
 *                  │ fails: ended, what ran goes on              │  ↑                          │
 *                  └→ gone                                       │  └────── ordered again ─────┘
 *                                          ended, or deaf        ↓
 *                                          restarting (backoff) → bring up the same again
 *
 * Invariants
 * - The front points only at an engine that was healthy, warmed and read back as ordered.
 * - An order that fails leaves what ran before: side by side it never stopped; instead, it is brought up again.
 * - At most two engines live at a time (one, when they replace each other).
 * - Every engine is in `engines.json` before its process exists, and as `current` before requests are sent to it.
 * - One order at a time; crashes meanwhile are counted and dealt with after it.
 */
import { randomUUID } from "node:crypto";
import type { ApplyStep, Clock } from "@/lib/protocol/client";
import type { Health } from "@/lib/protocol/sync";
import type { DriverDeps } from "../../driver";
import { inWords } from "../../foreign/restore";
import { isHealthy, readBack, waitHealthy, warmUp } from "../bring-up";
import type { EngineConfig, ProcessConfig } from "../config";
import { readOrder, type EngineOrder } from "../engine-payload";
import type { EngineReading } from "../read-back";
import { secretsOf } from "../secrets";
import { commandLine } from "./command-line";
import { EngineLogs } from "./engine-log";
import { adoptEngine, spawnEngine, type EngineProcess } from "./engine-process";
import { EngineRecords, type EngineRecord, type EngineRole } from "./engine-records";
import { freePort } from "./free-port";
import { startFront, type Front } from "./front";
import { findByMark, isAlive } from "./process-identity";

interface Unit {
  id: string;
  role: EngineRole;
  port: number;
  url: string;
  argv: string[];
  order: EngineOrder;
  generation: number;
  warmUntilMs: number | null;
  process: EngineProcess | null;
  reading: EngineReading | null;
  /** Its end is wanted: not a crash. */
  ending: boolean;
}

interface Wanted {
  order: EngineOrder;
  generation: number;
}

/** Crashes further apart than this have nothing to do with each other: the wait before a restart begins anew. */
const CRASH_MEMORY_MS = 600_000;

export class EngineSupervisor {
  private readonly units = new Set<Unit>();
  private readonly records: EngineRecords;
  private readonly logs: EngineLogs;
  private readonly closing = new AbortController();
  private readonly clock: Clock;
  private current: Unit | null = null;
  private wanted: Wanted | null = null;
  private restart: { abort: AbortController; done: Promise<void> } | null = null;
  private orders: Promise<unknown> = Promise.resolve();
  private busy = false;
  private crashes = 0;
  private crashedAtMs: number[] = [];
  private trouble: string | null = null;
  private watching: Promise<void> = Promise.resolve();

  private constructor(
    private readonly config: EngineConfig,
    private readonly executor: ProcessConfig,
    private readonly deps: DriverDeps,
    private readonly front: Front,
  ) {
    this.clock = deps.clock;
    this.records = new EngineRecords(deps.stateDir);
    this.logs = new EngineLogs(deps.stateDir, executor.logBytes, secretsOf({ ...deps.env, ...executor.env }));
  }

  /** Finds the engines of an earlier start: a good one goes on serving, all others are ended. */
  static async open(config: EngineConfig, executor: ProcessConfig, deps: DriverDeps): Promise<EngineSupervisor> {
    const front = await startFront(executor.front, deps.clock);
    const supervisor = new EngineSupervisor(config, executor, deps, front);
    try {
      await supervisor.recover();
    } catch (error) {
      await front.close(0);
      throw error;
    }
    supervisor.watching = supervisor.watchHealth();
    return supervisor;
  }

  get url(): string {
    return this.front.url;
  }

  get running(): { url: string; order: EngineOrder; reading: EngineReading | null } | null {
    return this.current;
  }

  health(): Health {
    const figures = { inFlight: this.front.inFlight(), engines: this.units.size };
    if (this.current && this.trouble === null) return { ok: true, crashes: this.crashes, figures };
    const reason = this.trouble ?? (this.wanted ? "The engine is starting." : "No engine runs: nothing was ordered yet.");
    return { ok: false, reason: reason.slice(0, 2_000), crashes: this.crashes, figures };
  }

  apply(order: EngineOrder, step: Pick<ApplyStep, "generation" | "why" | "progress" | "signal">): Promise<void> {
    const next = this.orders.catch(() => undefined).then(() => this.carryOut(order, step));
    this.orders = next;
    return next;
  }

  /** What the agent's own file says, as long as nothing was ordered. */
  runInitial(order: EngineOrder): void {
    if (this.current?.order.hash === order.hash) return;
    this.wanted = { order, generation: 0 };
    if (this.current) {
      const step = { generation: 0, why: "boot" as const, progress: () => undefined, signal: this.closing.signal };
      this.apply(order, step).catch((error: Error) =>
        this.deps.log("error", "the initial engine does not start", { reason: error.message }),
      );
    } else this.restartSoon(0);
  }

  async close(): Promise<void> {
    this.closing.abort(new Error("The agent ends."));
    this.restart?.abort.abort(new Error("The agent ends."));
    await this.orders.catch(() => undefined);
    await this.restart?.done;
    await this.watching;
    const leave = this.executor.onExit === "leave";
    await this.front.close(this.executor.drainSec * 1_000);
    if (leave) await Promise.all([...this.units].filter((unit) => unit.role === "starting").map((unit) => this.end(unit)));
    else await Promise.all([...this.units].map((unit) => this.end(unit)));
  }

  // ── an order ───────────────────────────────────────────────────────────────────────────────────────────────────────

  private async carryOut(order: EngineOrder, step: Pick<ApplyStep, "generation" | "why" | "progress" | "signal">): Promise<void> {
    this.busy = true;
    this.restart?.abort.abort(new Error("Another order came."));
    await this.restart?.done;
    const signal = AbortSignal.any([step.signal, this.closing.signal]);
    try {
      signal.throwIfAborted();
      await this.makeCurrent({ order, generation: step.generation }, step.why !== "revert", step.progress, signal);
      this.crashes = 0;
      this.crashedAtMs = [];
      this.trouble = null;
    } finally {
      this.busy = false;
      if (!this.current && this.wanted) this.restartSoon(this.crashes);
    }
  }

  private async makeCurrent(next: Wanted, keepOld: boolean, progress: ApplyStep["progress"], signal: AbortSignal): Promise<void> {
    const same = (unit: Unit) =>
      unit.order.hash === next.order.hash && sameWords(unit.argv, commandLine(this.executor, next.order, unit.port));
    const running = [...this.units].filter((unit) => unit.role !== "starting" && same(unit) && unit.process?.alive());
    // The current one first: an order for what already runs restarts nothing.
    for (const unit of running.sort((a, b) => Number(b === this.current) - Number(a === this.current))) {
      try {
        unit.reading = await readBack(this.config, unit.order, unit.url, this.deps, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.deps.log("warn", "an engine that runs this already does not pass", { port: unit.port, reason: inWords(error) });
        if (unit !== this.current) await this.end(unit);
        continue;
      }
      return this.commit(unit, next, keepOld);
    }
    for (const unit of [...this.units].filter((one) => one !== this.current)) {
      await this.front.drained(unit.url, this.executor.drainSec * 1_000);
      await this.end(unit);
    }
    const before = this.current ? { order: this.current.order, generation: this.current.generation } : null;
    if (this.executor.replace === "instead" && this.current) await this.retireForGood(this.current);
    try {
      const unit = await this.bringUp(next, progress, signal);
      await this.commit(unit, next, keepOld);
    } catch (error) {
      if (this.current || !before || signal.aborted) throw error;
      throw await this.bringBack(before, error);
    }
  }

  /** Instead of side by side: the old engine ended for the new one, which failed. */
  private async bringBack(before: Wanted, failure: unknown): Promise<Error> {
    try {
      const unit = await this.bringUp(before, () => undefined, this.closing.signal);
      await this.commit(unit, before, false);
      return new Error(inWords(failure));
    } catch (error) {
      // It is tried again and again from here on.
      return new Error(`${inWords(failure)} What ran before does not come up again yet: ${inWords(error)}`);
    }
  }

  /** Throws when it does not come up as ordered; by then nothing of it is left. */
  private async bringUp(wanted: Wanted, progress: ApplyStep["progress"], signal: AbortSignal): Promise<Unit> {
    signal.throwIfAborted();
    progress("applying");
    const port = await freePort(this.executor.ports, new Set([...this.units].map((unit) => unit.port)));
    const unit: Unit = {
      id: randomUUID(),
      role: "starting",
      port,
      url: `http://127.0.0.1:${port}`,
      argv: commandLine(this.executor, wanted.order, port),
      ...wanted,
      warmUntilMs: null,
      process: null,
      reading: null,
      ending: false,
    };
    this.units.add(unit);
    try {
      this.logs.prune([...this.units].map(({ id }) => id));
      await this.save();
      unit.process = await spawnEngine({
        argv: unit.argv,
        env: this.environment(port),
        cwd: this.executor.cwd,
        mark: unit.id,
        logFile: this.logs.fileOf(unit.id),
      });
      await this.save();
      const broken = new AbortController();
      void unit.process.ended.then((why) => {
        broken.abort(new Error(`The engine did not start: ${why}.`));
        return this.onEnded(unit, why);
      });
      const until = AbortSignal.any([signal, broken.signal]);
      await waitHealthy(this.config, unit.url, this.deps, until);
      progress("warming");
      await warmUp(this.config, unit.url, this.deps, until);
      unit.reading = await readBack(this.config, unit.order, unit.url, this.deps, until);
      until.throwIfAborted();
      return unit;
    } catch (error) {
      // A request that broke off because the engine ended: its end is the reason.
      const why =
        unit.process && !unit.process.alive() ? `The engine did not start: ${await unit.process.ended}.` : inWords(error);
      const tail = signal.aborted ? "" : this.logs.tail(unit.id);
      await this.end(unit);
      throw new Error(tail ? `${why} It printed: ${tail}` : why, { cause: error });
    }
  }

  /** From here on `unit` is what runs. On disk before the front moves. */
  private async commit(unit: Unit, wanted: Wanted, keepOld: boolean): Promise<void> {
    const old = this.current === unit ? null : this.current;
    const keepWarm = keepOld && this.executor.replace === "side-by-side" && this.executor.keepWarmSec > 0;
    const undo = [unit, old].map((one) => one && { ...one });
    Object.assign(unit, { role: "current", generation: wanted.generation, warmUntilMs: null });
    if (old)
      Object.assign(old, {
        role: "warm",
        warmUntilMs: keepWarm ? this.clock.wallMs() + this.executor.keepWarmSec * 1_000 : null,
      });
    try {
      await this.save();
      if (!unit.process!.alive()) throw new Error(`The engine ended just now: ${await unit.process!.ended}.`);
    } catch (error) {
      if (undo[0]) Object.assign(unit, { role: undo[0].role, generation: undo[0].generation, warmUntilMs: undo[0].warmUntilMs });
      if (old && undo[1]) Object.assign(old, { role: undo[1].role, warmUntilMs: undo[1].warmUntilMs });
      if (unit !== this.current) await this.end(unit);
      throw error;
    }
    this.current = unit;
    this.wanted = wanted;
    this.trouble = null;
    this.front.point(unit.url);
    this.deps.log("info", "engine in service", { port: unit.port, generation: unit.generation });
    if (old) void this.letGo(old);
  }

  /** The old engine finishes its requests and waits, loaded, for the way back. */
  private async letGo(unit: Unit): Promise<void> {
    const { warmUntilMs } = unit;
    if (warmUntilMs !== null) await this.clock.wait(warmUntilMs - this.clock.wallMs(), this.closing.signal);
    // Ordered again meanwhile (and perhaps let go again), or the agent ends and decides about all of them.
    const stays = () => unit.role !== "warm" || unit.warmUntilMs !== warmUntilMs || this.closing.signal.aborted;
    if (stays()) return;
    await this.front.drained(unit.url, this.executor.drainSec * 1_000);
    if (!stays()) await this.end(unit);
  }

  private async retireForGood(unit: Unit): Promise<void> {
    this.current = null;
    this.front.point(null);
    const drained = await this.front.drained(unit.url, this.executor.drainSec * 1_000);
    if (!drained) this.deps.log("warn", "requests were cut off", { count: this.front.inFlight(unit.url) });
    await this.end(unit);
  }

  private async end(unit: Unit): Promise<void> {
    unit.ending = true;
    if (this.current === unit) {
      this.current = null;
      this.front.point(null);
    }
    await unit.process?.stop(this.executor.stopSec * 1_000);
    if (this.units.delete(unit)) await this.save().catch(() => undefined);
  }

  // ── crashes ────────────────────────────────────────────────────────────────────────────────────────────────────────

  private async onEnded(unit: Unit, why: string): Promise<void> {
    // After its end this agent has no say any more: an engine that it left belongs to the next start.
    if (unit.ending || this.closing.signal.aborted) return;
    const wasCurrent = this.current === unit;
    if (!wasCurrent && unit.role === "starting") return; // bringUp says it.
    this.units.delete(unit);
    if (wasCurrent) {
      this.current = null;
      this.front.point(null);
      // What it printed while it served may hold words of users: that stays in its file.
      this.countCrash(`The engine crashed: ${why}. What it printed is in ${this.logs.fileOf(unit.id)} on its node.`);
    }
    await this.save().catch(() => undefined);
    if (wasCurrent && !this.busy) this.restartSoon(this.crashes);
  }

  private countCrash(reason: string): void {
    const now = this.clock.steadyMs();
    this.crashes += 1;
    this.crashedAtMs = [...this.crashedAtMs.filter((at) => now - at < CRASH_MEMORY_MS), now];
    this.trouble = reason;
    this.deps.log("error", "the engine crashed", { crashes: this.crashes, reason });
    this.deps.crashed(reason);
    this.deps.changed();
  }

  /** Brings up what is wanted until it runs or another order comes. */
  private restartSoon(crashes: number): void {
    if (this.restart || this.closing.signal.aborted || !this.wanted) return;
    const abort = new AbortController();
    const wanted = this.wanted;
    const done = (async () => {
      for (let waits = crashes > 0; ; waits = true) {
        if (waits) await this.clock.wait(this.backoffMs(), abort.signal);
        if (abort.signal.aborted) return;
        try {
          const unit = await this.bringUp(wanted, () => undefined, abort.signal);
          await this.commit(unit, wanted, false);
          return this.deps.changed();
        } catch (error) {
          if (abort.signal.aborted) return;
          this.countCrash(`It does not come up: ${inWords(error)}`);
        }
      }
    })().finally(() => {
      this.restart = null;
      // It crashed again between its start and here.
      if (!this.current && !this.busy && !abort.signal.aborted) this.restartSoon(1);
    });
    this.restart = { abort, done };
  }

  private backoffMs(): number {
    const { firstMs, maxMs } = this.executor.restart;
    return Math.min(maxMs, firstMs * 2 ** Math.max(0, this.crashedAtMs.length - 1));
  }

  /** An engine that lives and does not answer is as good as dead. */
  private async watchHealth(): Promise<void> {
    const { pollSec, failuresUntilDead } = this.config.health;
    let failures = 0;
    let watched: Unit | null = null;
    while (!this.closing.signal.aborted) {
      await this.clock.wait(pollSec * 1_000, this.closing.signal);
      const unit = this.current;
      if (!unit || this.closing.signal.aborted) continue;
      if (unit !== watched) failures = 0;
      watched = unit;
      this.logs.cut(unit.id);
      failures = (await isHealthy(this.config, unit.url, this.deps)) ? 0 : failures + 1;
      if (failures >= failuresUntilDead && unit === this.current && !this.closing.signal.aborted) {
        this.deps.log("error", "the engine does not answer and is ended", { port: unit.port, failures });
        await unit.process!.stop(this.executor.stopSec * 1_000);
      }
    }
  }

  // ── an earlier life ────────────────────────────────────────────────────────────────────────────────────────────────

  private async recover(): Promise<void> {
    for (const record of await this.records.load()) {
      const identity = record.process && isAlive(record.process) ? record.process : findByMark(record.id)[0];
      if (!identity) continue;
      const { port, role, generation } = record;
      const process = adoptEngine(identity, record.id);
      const unit = await this.stillGood(record, process);
      if (!unit) {
        this.deps.log("warn", "ends an engine of an earlier start", { port, role, generation });
        await process.stop(this.executor.stopSec * 1_000);
        continue;
      }
      this.deps.log("info", "found an engine of an earlier start", { port, role, generation });
      this.units.add(unit);
      void process.ended.then((why) => this.onEnded(unit, why));
      if (role === "current") {
        this.current = unit;
        this.wanted = { order: unit.order, generation };
        this.front.point(unit.url);
      } else void this.letGo(unit);
    }
    await this.save();
  }

  /** Null: it was never in service, its time is over, this agent's own file has changed, or it does not pass. */
  private async stillGood(record: EngineRecord, process: EngineProcess): Promise<Unit | null> {
    const { role, port, warmUntilMs } = record;
    if (role === "starting" || (role === "warm" && (warmUntilMs ?? 0) <= this.clock.wallMs())) return null;
    const order = readOrder(this.config, record.payload);
    if ("refusal" in order || !sameWords(record.argv, commandLine(this.executor, order, port))) return null;
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 3 && process.alive(); tries += 1) {
      try {
        const reading = await readBack(this.config, order, url, this.deps, this.closing.signal);
        if (await isHealthy(this.config, url, this.deps)) return { ...record, url, order, process, reading, ending: false };
      } catch (error) {
        this.deps.log("warn", "an engine of an earlier start does not pass", { port, reason: inWords(error) });
      }
      await this.clock.wait(500, this.closing.signal);
    }
    return null;
  }

  // ── parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The engine needs the machine's environment, not the agent's own keys. */
  private environment(port: number): Record<string, string> {
    const inherited = Object.entries(this.deps.env).flatMap(([name, value]): [string, string][] =>
      value === undefined || name.startsWith("HEADROOM_") ? [] : [[name, value]],
    );
    return { ...Object.fromEntries(inherited), PORT: String(port), ...this.executor.env };
  }

  private save(): Promise<void> {
    return this.records.save(
      [...this.units].map(({ id, role, port, argv, process, order, generation, warmUntilMs }) => ({
        id,
        role,
        port,
        argv,
        process: process?.identity ?? null,
        payload: order.payload,
        generation,
        warmUntilMs,
      })),
    );
  }
}

const sameWords = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((word, index) => word === b[index]);
