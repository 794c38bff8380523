/**
 * One target: the real decisions of the sync client (`lib/protocol/client/decide-next.ts`) around a simulated disk, engine
 * and poll. It may be killed at any moment; what it had not written is gone.
 */
import { decideNext, initialState, leaseEndsAt, type Event, type State, type Task } from "@/lib/protocol/client/decide-next";
import { EMPTY_RECORD, type SyncRecord, type Version } from "@/lib/protocol/client/record";
import type { SyncWord } from "@/lib/fleet/decide-sync";
import type { Random } from "@/lib/stats/random";
import type { Schedule } from "./schedule";

export interface SimAnswer {
  refused?: string;
  desired?: Version & { forced: boolean };
}

export interface Surroundings {
  schedule: Schedule;
  random: Random;
  /** Sends a word; `answered` is called at most once, perhaps never. */
  send(agent: string, word: SyncWord, answered: (answer: SimAnswer) => void): void;
  /** A planted defect: the newest generation is not on its disk. */
  forgetful: boolean;
  /** How a content behaves on this target. */
  contentFails(agent: string, hash: string): boolean;
  /** True: it was killed just now. */
  diesNow(agent: string): boolean;
  /** Told whenever what really runs changes. */
  onRuns(agent: string, hash: string | null): void;
  onSeen(agent: string, generation: number): void;
}

const ANSWER_MS = 75_000;
const POLL_GAP_MS = 1_000;

export class Agent {
  alive = false;
  /** What really runs; survives the agent, as a supervised engine does. */
  engine: string | null = null;
  record: SyncRecord = EMPTY_RECORD;
  #state: State = initialState(EMPTY_RECORD);
  #boot = 0;
  #seq = 0;
  #poll = 0;
  #task = 0;

  constructor(
    readonly name: string,
    private readonly around: Surroundings,
  ) {}

  start(): void {
    if (this.alive) return;
    this.alive = true;
    this.#boot += 1;
    this.#seq = 0;
    if (this.around.forgetful) this.record = { ...this.record, newest: EMPTY_RECORD.newest };
    this.#state = initialState(this.record);
    this.#handle({ kind: "started", program: "sim" });
    this.#say();
  }

  kill(): void {
    this.alive = false;
    // What it was about to say, hear or finish is gone.
    this.#boot += 1;
    this.#poll += 1;
    this.#task += 1;
  }

  crashEngine(): void {
    if (this.alive && this.engine !== null) this.#handle({ kind: "crashed", reason: "The engine ended.", program: "sim" });
  }

  #handle(event: Event): void {
    if (!this.alive) return;
    const { schedule } = this.around;
    const now = { wallMs: schedule.now(), steadyMs: schedule.now() };
    const decision = decideNext(this.#state, event, now);
    // Killed before it was written, or after: both happen.
    if (this.around.diesNow(this.name)) return;
    this.record = decision.state.record;
    this.around.onSeen(this.name, this.record.newest.generation);
    if (this.around.diesNow(this.name)) return;
    this.#state = decision.state;
    for (const effect of decision.effects) {
      if (effect.do === "apply") this.#apply(effect.task, effect.afterMisses);
      if (effect.do === "abort") this.#abort();
      if (effect.do === "report") this.#soon();
    }
    const ends = leaseEndsAt(this.#state);
    if (ends !== null && event.kind !== "ticked") {
      const boot = this.#boot;
      schedule.after(ends - schedule.now(), () => boot === this.#boot && this.#handle({ kind: "ticked" }));
    }
  }

  #apply(task: Task, afterMisses: number): void {
    const { schedule, random } = this.around;
    const mine = ++this.#task;
    const boot = this.#boot;
    const current = () => boot === this.#boot && mine === this.#task && this.alive;
    const began = afterMisses > 0 ? 5_000 * 2 ** Math.min(afterMisses, 5) : 0;
    const takes = began + random.int(200, 20_000);
    schedule.after(began + 100, () => current() && this.#handle({ kind: "progressed", status: "warming" }));
    schedule.after(takes, () => {
      if (!current()) return;
      const { hash } = task.version;
      if (this.around.contentFails(this.name, hash)) {
        this.#handle({ kind: "failed", reason: "It ended at start.", effectiveHash: this.engine, program: "sim" });
        return;
      }
      this.engine = hash;
      this.around.onRuns(this.name, hash);
      this.#handle({ kind: "applied", effectiveHash: hash });
    });
  }

  #abort(): void {
    const { schedule, random } = this.around;
    const boot = this.#boot;
    const mine = ++this.#task;
    schedule.after(random.int(10, 3_000), () => {
      if (boot !== this.#boot || mine !== this.#task) return;
      this.#handle({ kind: "failed", reason: "Superseded.", effectiveHash: this.engine, program: "sim" });
    });
  }

  /** A reason to speak ends the wait for an answer. */
  #soon(): void {
    this.#poll += 1;
    const poll = this.#poll;
    this.around.schedule.after(10, () => poll === this.#poll && this.#say());
  }

  #say(): void {
    if (!this.alive) return;
    const { schedule, random } = this.around;
    const boot = this.#boot;
    const poll = ++this.#poll;
    const { record, task } = this.#state;
    const again = (ms: number) => schedule.after(ms, () => boot === this.#boot && poll === this.#poll && this.#say());
    const word: SyncWord = {
      bootId: `${this.name}/${boot}`,
      seq: this.#seq++,
      running: record.running && { generation: record.running.generation, hash: record.running.hash },
      lastAttempt: record.lastAttempt,
      effectiveHash: task ? null : this.engine,
      hardware: null,
      version: "sim",
      sentAtMs: schedule.now(),
    };
    let answered = false;
    this.around.send(this.name, word, (answer) => {
      if (boot !== this.#boot || poll !== this.#poll || !this.alive || answered) return;
      answered = true;
      if (answer.refused !== undefined) return again(300_000);
      this.#handle({ kind: "answered" });
      if (answer.desired) {
        const { forced, ...version } = answer.desired;
        this.#handle({
          kind: "offered",
          version,
          genuine: true,
          refusal: null,
          force: forced,
          effectiveHash: this.#state.task ? null : this.engine,
        });
      }
      if (poll === this.#poll) again(POLL_GAP_MS);
    });
    schedule.after(ANSWER_MS, () => {
      if (!answered && boot === this.#boot && poll === this.#poll) again(random.int(0, 120_000));
    });
  }
}
