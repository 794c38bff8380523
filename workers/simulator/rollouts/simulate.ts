/**
 * A whole rollout in simulated time: N targets, a fleet server, M controllers, people, and everything that can go wrong
 * between them. The decisions are the real ones; what is simulated is time, the network, disks, and the tables, which
 * change in atomic steps as transactions do. One seed is one history.
 *
 * Faults: words lost, doubled, late; answers lost; targets killed at any moment; partitions of some targets; fleet server
 * restarted; a controller that stops for a minute in the middle of a tick, or dies; metrics late; the clock an hour off for a while; freezes; contents that
 * fail on some targets; engines that crash or are changed by hand; two changes for the same targets; an approver who left; orders to pause, promote, abort at once.
 */
import { contentHash } from "@/lib/changes/request/content-hash";
import { act, onRolloutEnd, type ChangeState, type Gates, type Person } from "@/lib/changes/request/machine";
import { decide, type Command, type RolloutFacts } from "@/lib/changes/rollout/decide";
import { rolloutPlanSchema, usualPlan, withoutEmptyWaves, type RolloutPlan } from "@/lib/changes/rollout/plan";
import { isTerminal, startOf, type RolloutState } from "@/lib/changes/rollout/state";
import { statusOf } from "@/lib/changes/rollout/target-status";
import { wantedOf } from "@/lib/changes/rollout/wanted";
import { decideSync, decideWake, type SyncState } from "@/lib/fleet/decide-sync";
import { livenessOf } from "@/lib/fleet/liveness";
import { rolloutState } from "@/lib/fleet/rollout-state";
import { randomAt } from "@/lib/stats/random";
import { Agent, type SimAnswer } from "./agent";
import { newSchedule } from "./schedule";

const MINUTE = 60_000;
const FAULTY_MS = 90 * MINUTE;
/** Long enough for the slowest retry, lease and deadline. */
const HEALED_MS = 60 * MINUTE;
const LEASE_MS = 30_000;
const STABLE = "stable";

export interface SimulatedRollout {
  seed: string;
  /** Sentences: an invariant that did not hold, and when. Empty: all held. */
  broken: string[];
  ended: string;
  ticks: number;
}

interface Row {
  sync: SyncState;
  lastSeenAt: number | null;
  leaseTtlSec: number | null;
  parked: { bootId: string; seq: number; wake: () => void } | null;
}

interface RolloutRow {
  id: string;
  change: ChangeState;
  plan: RolloutPlan;
  state: RolloutState;
  epoch: number;
  holder: number | null;
  leaseUntil: number;
  commands: Command[];
  abortAcceptedAt: number | null;
  judged: boolean;
}

/** Defects that can be planted, to see that they are found. */
export type Sabotage = "stale_ticks" | "forgotten_generation" | "lock_not_held" | "no_rollback";

export function simulateRollout(seed: string, sabotage?: Sabotage): SimulatedRollout {
  const random = randomAt("rollout", seed);
  const schedule = newSchedule();
  const broken: string[] = [];
  const breaks = (what: string): void => {
    broken.push(`${(schedule.now() / MINUTE).toFixed(2)} min: ${what}`);
  };
  let faulty = true;
  /** What the database's clock is off by: everything that is decided goes by it, nothing that happens does. */
  let skewMs = 0;
  const clock = () => schedule.now() + skewMs;

  // ── the world ──────────────────────────────────────────────────────────────────────────────────────────────────────
  const names = Array.from({ length: random.int(2, 6) }, (_, index) => `t${index}`);
  const strategy = (["traffic", "nodes", "all"] as const)[random.int(0, 2)]!;
  const plan = withoutEmptyWaves(
    rolloutPlanSchema.parse({
      ...usualPlan(strategy),
      soakMin: 2,
      bakeMin: 4,
      stepDeadlineMin: random.int(5, 12),
      maxSoakMin: 15,
      onDeadline: random.chance(0.5) ? "rollback" : "leave_stragglers",
      askBefore: random.chance(0.15) ? [1] : [],
    }),
    names.length,
  );
  const harmful = random.chance(0.4);
  const failsOn = new Set(random.chance(0.25) ? names.filter(() => random.chance(0.5)) : []);
  const partitioned = new Set<string>();
  let frozen = false;
  let dataStopped: number | null = null;
  let fleetServerUp = true;
  let listeningSince = 0;
  const gates: Gates = { content: [], evidence: [], stale: [], frozen: null, lockedBy: null, activeApprovers: new Set(["bob"]) };

  // ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  const rows = new Map<string, Row>(
    names.map((name) => [
      name,
      {
        sync: {
          state: "active",
          bootId: null,
          previousBootId: null,
          bootSentAtMs: null,
          seq: 0,
          running: null,
          effectiveHash: null,
          driftPolls: 0,
          attempt: null,
          desired: { generation: 1, hash: STABLE, forced: false },
          version: "sim",
          verdictFloor: 0,
          verdict: null,
          offered: null,
        },
        lastSeenAt: null,
        leaseTtlSec: null,
        parked: null,
      },
    ]),
  );
  const rollouts: RolloutRow[] = [];
  let lock: string | null = null;
  /** Hashes that somebody with the right to do so has let loose. */
  const allowed = new Set([STABLE]);

  const publish = (name: string, hash: string, leaseTtlSec: number | null): void => {
    const row = rows.get(name)!;
    const { desired } = row.sync;
    if (desired?.hash === hash && row.leaseTtlSec === leaseTtlSec) return;
    const generation = (desired?.generation ?? 0) + 1;
    row.leaseTtlSec = leaseTtlSec;
    row.sync = {
      ...row.sync,
      desired: { generation, hash, forced: false },
      driftPolls: 0,
      verdict: row.sync.verdict && desired?.hash === hash ? row.sync.verdict : verdictOf(name, hash),
    };
    const { parked } = row;
    if (parked) schedule.after(random.int(1, 50), parked.wake);
  };
  const verdicts = new Map<string, NonNullable<SyncState["verdict"]>>();
  const verdictOf = (name: string, hash: string) => {
    const verdict = verdicts.get(`${name} ${hash}`);
    return verdict && verdict.attempt > rows.get(name)!.sync.verdictFloor ? verdict : null;
  };

  // ── the fleet server ───────────────────────────────────────────────────────────────────────────────────────────────
  const answerOf = (row: Row): SimAnswer => ({
    desired: {
      generation: row.sync.desired!.generation,
      hash: row.sync.desired!.hash,
      leaseTtlSec: row.leaseTtlSec,
      forced: false,
    },
  });
  const offered = (row: Row): SimAnswer => {
    const { hash } = row.sync.desired!;
    for (const rollout of rollouts) {
      if (rollout.abortAcceptedAt !== null && isTerminal(rollout.state.phase) && hash.startsWith(rollout.id)) {
        breaks(`after its abort ${rollout.id} was offered (${hash})`);
      }
    }
    return answerOf(row);
  };
  const receive = (name: string, word: Parameters<typeof decideSync>[1], reply: (answer: SimAnswer) => void): void => {
    if (!fleetServerUp) return;
    const row = rows.get(name)!;
    const decision = decideSync(row.sync, word, clock());
    if (decision.kind === "refuse") return reply({ refused: decision.code });
    if (decision.kind === "quarantine") return breaks(`${name} was quarantined without a twin`);
    if (decision.kind === "late") return reply({});
    row.sync = decision.state;
    row.lastSeenAt = clock();
    const { verdict, desired } = decision.state;
    if (verdict && desired) verdicts.set(`${name} ${desired.hash}`, verdict);
    if (decision.answer.kind === "empty") return reply({});
    if (decision.answer.kind === "offer") return reply(offered(row));
    const parked: NonNullable<Row["parked"]> = { bootId: word.bootId, seq: word.seq, wake: () => undefined };
    let done = false;
    const end = (answer: SimAnswer) => {
      if (done || row.parked !== parked) return;
      done = true;
      row.parked = null;
      reply(answer);
    };
    parked.wake = () => {
      if (done || row.parked !== parked || !fleetServerUp) return;
      const woken = decideWake(row.sync, parked, clock());
      if (woken.kind === "refuse") return end({ refused: woken.code });
      row.sync = woken.state;
      if (woken.answer.kind === "offer") return end(offered(row));
      if (woken.answer.kind === "empty") return end({});
      schedule.after(woken.answer.atMostMs, parked.wake);
    };
    row.parked = parked;
    if (Number.isFinite(decision.answer.atMostMs)) schedule.after(decision.answer.atMostMs, parked.wake);
    schedule.after(random.int(40_000, 60_000), () => end({}));
  };

  // ── the network ────────────────────────────────────────────────────────────────────────────────────────────────────
  const loses = (name: string) => faulty && (partitioned.has(name) || random.chance(0.01));
  const delay = () => (faulty && random.chance(0.02) ? random.int(1_000, 90_000) : random.int(1, 200));
  const send: ConstructorParameters<typeof Agent>[1]["send"] = (name, word, answered) => {
    const reply = (answer: SimAnswer) => {
      if (!loses(name)) schedule.after(delay(), () => answered(answer));
    };
    if (!loses(name)) schedule.after(delay(), () => receive(name, word, reply));
    if (faulty && random.chance(0.01)) schedule.after(delay(), () => receive(name, word, () => undefined));
  };
  const killed = (agent: Agent) => {
    agent.kill();
    schedule.after(random.int(500, 60_000), () => agent.start());
  };
  const seen = new Map<string, number>();
  const agents = names.map(
    (name) =>
      new Agent(name, {
        schedule,
        random,
        send,
        forgetful: sabotage === "forgotten_generation",
        diesNow: (agent) => {
          if (!faulty || !random.chance(0.001)) return false;
          killed(agents.find((one) => one.name === agent)!);
          return true;
        },
        contentFails: (agent, hash) => hash !== STABLE && failsOn.has(agent),
        onRuns: (agent, hash) => {
          if (hash !== null && !allowed.has(hash)) breaks(`${agent} runs ${hash}, which nobody approved`);
        },
        onSeen: (agent, generation) => {
          if (generation < (seen.get(agent) ?? 0)) breaks(`${agent} saw generation ${generation} after ${seen.get(agent)}`);
          seen.set(agent, generation);
        },
      }),
  );

  // ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  const person = (id: string): Person => ({
    id,
    isLead: true,
    isAdmin: false,
    mayDraft: true,
    mayBreakGlass: false,
    covers: true,
  });
  const begin = (id: string): void => {
    const hash = contentHash({
      diff: { [id]: {} },
      baseVersions: {},
      scope: { level: "global", value: null },
      targetSelector: {},
      rolloutPlan: plan,
      guardrails: [],
      schedule: null,
    });
    let change: ChangeState = {
      status: "draft",
      contentHash: hash,
      contributors: ["ada"],
      authorId: "ada",
      approvals: [],
      openRequestForChanges: false,
      quorum: 1,
      scheduledAt: null,
      since: new Date(schedule.now()),
      reviewOwed: false,
    };
    for (const [kind, by] of [
      ["submit", "ada"],
      ["approve", "bob"],
    ] as const) {
      const answer = act(change, { kind }, person(by), gates, new Date(schedule.now()));
      if ("change" in answer) change = answer.change;
    }
    const left = random.chance(0.05);
    const now = {
      ...gates,
      frozen: frozen ? "freeze" : null,
      lockedBy: sabotage === "lock_not_held" ? null : lock,
      activeApprovers: new Set(left ? [] : ["bob"]),
    };
    const started = act(change, { kind: "start" }, person("ada"), now, new Date(schedule.now()));
    if ("refused" in started) return;
    if (left) breaks(`${id} began although its approver had left`);
    // The partial unique index: the second one waits and is refused.
    if (lock !== null) return breaks(`${id} began while ${lock} was executing`);
    lock = id;
    allowed.add(`${id} final`);
    for (const share of plan.sharesPercent) allowed.add(`${id} ${share}`);
    rollouts.push({
      id,
      change: started.change,
      plan,
      state: startOf(clock()),
      epoch: 0,
      holder: null,
      leaseUntil: 0,
      commands: [],
      abortAcceptedAt: null,
      judged: plan.sharesPercent.length === 1,
    });
  };
  const command = (kind: Command["kind"]): void => {
    const rollout = rollouts.find((one) => !isTerminal(one.state.phase));
    if (!rollout) return;
    rollout.commands.push({ number: rollout.commands.length + 1, kind, by: "Ada" });
    if (kind === "abort" && rollout.state.phase !== "rolling_back") rollout.abortAcceptedAt ??= clock();
  };

  // ── controllers ────────────────────────────────────────────────────────────────────────────────────────────────────
  let ticks = 0;
  let canarySince: number | null = null;
  const factsOf = (rollout: RolloutRow): RolloutFacts => {
    const now = clock();
    const targets = names.map((name, position) => ({ id: name, position }));
    const wanted = wantedOf(rollout.state, rollout.plan, targets);
    const facts = names.map((name) => {
      const { sync, lastSeenAt } = rows.get(name)!;
      const seenAt = lastSeenAt === null ? null : new Date(lastSeenAt);
      const liveness = livenessOf(seenAt, new Date(listeningSince), new Date(now));
      const order = rolloutState({ ...sync, offeredGeneration: sync.offered?.generation ?? null, liveness });
      const inStep = wanted.get(name)!.run !== "stable";
      return { name, inStep, status: statusOf({ active: sync.state === "active", capable: true, inStep, liveness, order }) };
    });
    const onIt = agents.some((agent) => agent.engine?.startsWith(rollout.id));
    canarySince = onIt ? (canarySince ?? schedule.now()) : null;
    const exposed = canarySince === null ? 0 : schedule.now() - canarySince;
    const verdict = exposed < MINUTE ? "too_few" : harmful ? "harm" : random.chance(0.05) ? "inconclusive" : "pass";
    return {
      targets: facts,
      preflight: now - rollout.state.since > 5_000 ? [] : null,
      frozen,
      hardStops: facts
        .filter((one) => one.inStep && (one.status === "failed" || one.status === "refused"))
        .map((one) => `${one.name} could not apply it.`),
      verdicts: [{ guardrail: "error", critical: true, verdict }],
      splitAsPlanned: true,
      canaryRequests: exposed / 100,
      dataUntil: dataStopped ?? schedule.now(),
      stableHealthy: true,
      commands: [...rollout.commands],
    };
  };
  const controller = (me: number): void => {
    schedule.after(random.int(4_000, 6_000), () => controller(me));
    const rollout = rollouts.find((one) => !isTerminal(one.state.phase));
    if (!rollout) return;
    const now = clock();
    if (rollout.holder !== me && now < rollout.leaseUntil) return;
    if (rollout.holder !== me) {
      rollout.holder = me;
      rollout.epoch += 1;
    }
    rollout.leaseUntil = now + LEASE_MS;
    const { epoch } = rollout;
    const seenCommands = rollout.commands.length;
    const facts = factsOf(rollout);
    const before = rollout.state;
    if (faulty && random.chance(0.01)) return;
    schedule.after(faulty && random.chance(0.02) ? random.int(5_000, 90_000) : random.int(1, 100), () => {
      // The transaction: nothing of it unless the epoch is still mine and no command came since.
      const stale = rollout.epoch !== epoch || rollout.commands.length !== seenCommands || rollout.state !== before;
      if (stale && sabotage !== "stale_ticks") return;
      ticks += 1;
      const { state } = decide(before, rollout.plan, facts, clock());
      rollout.state = state;
      const last = rollout.plan.sharesPercent.length - 1;
      if (state.step === last && before.step < last) {
        rollout.judged =
          facts.verdicts.every((one) => one.verdict === "pass") || facts.commands.some((one) => one.kind === "promote");
      }
      const targets = names.map((name, position) => ({ id: name, position }));
      for (const [name, wanted] of wantedOf(state, rollout.plan, targets)) {
        if (wanted.run === "stable" && sabotage === "no_rollback") continue;
        if (wanted.run === "stable") publish(name, STABLE, null);
        else if (wanted.run === "canary") publish(name, `${rollout.id} ${wanted.sharePercent}`, 900);
        else publish(name, `${rollout.id} final`, wanted.leased ? 900 : null);
      }
      if (!isTerminal(state.phase)) return;
      if (lock !== rollout.id) breaks(`${rollout.id} ended without holding its lock`);
      lock = null;
      rollout.change = onRolloutEnd(rollout.change, state.phase as "promoted", new Date(schedule.now()));
      if (state.phase === "promoted") {
        if (rollout.abortAcceptedAt !== null) breaks(`${rollout.id} was promoted after its abort was taken`);
        if (!rollout.judged) breaks(`${rollout.id} was promoted without a judgement`);
        if (harmful && strategy !== "all" && !rollout.commands.some((one) => one.kind === "promote")) {
          breaks(`${rollout.id} was promoted although it does harm`);
        }
      }
    });
  };

  // ── faults ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  const nowAndThen = (meanMs: number, what: () => void): void => {
    const next = () =>
      schedule.after(-meanMs * Math.log(1 - random.next()), () => {
        if (!faulty) return;
        what();
        next();
      });
    next();
  };
  nowAndThen(15 * MINUTE, () => {
    killed(agents[random.int(0, agents.length - 1)]!);
  });
  nowAndThen(40 * MINUTE, () => {
    for (const name of names) if (random.chance(0.5)) partitioned.add(name);
    schedule.after(random.int(1, 20) * MINUTE, () => partitioned.clear());
  });
  nowAndThen(45 * MINUTE, () => {
    fleetServerUp = false;
    for (const row of rows.values()) row.parked = null;
    schedule.after(random.int(1_000, 120_000), () => {
      fleetServerUp = true;
      listeningSince = clock();
    });
  });
  nowAndThen(60 * MINUTE, () => {
    frozen = true;
    schedule.after(random.int(1, 10) * MINUTE, () => {
      frozen = false;
    });
  });
  nowAndThen(60 * MINUTE, () => {
    dataStopped = schedule.now();
    schedule.after(random.int(1, 25) * MINUTE, () => {
      dataStopped = null;
    });
  });
  nowAndThen(120 * MINUTE, () => {
    skewMs = (random.chance(0.5) ? 60 : -60) * MINUTE;
    schedule.after(random.int(1, 15) * MINUTE, () => {
      skewMs = 0;
    });
  });
  nowAndThen(30 * MINUTE, () => command((["pause", "resume", "resume", "promote", "abort"] as const)[random.int(0, 4)]!));
  nowAndThen(60 * MINUTE, () => agents[random.int(0, agents.length - 1)]!.crashEngine());

  nowAndThen(90 * MINUTE, () => {
    const agent = agents[random.int(0, agents.length - 1)]!;
    if (agent.engine !== null) agent.engine = "changed by hand";
  });

  // ── the story ──────────────────────────────────────────────────────────────────────────────────────────────────────
  for (const agent of agents) agent.start();
  controller(1);
  controller(2);
  schedule.after(3 * MINUTE, () => begin("c1"));
  schedule.after(3 * MINUTE + random.int(0, 40 * MINUTE), () => begin("c2"));
  schedule.run(FAULTY_MS);
  faulty = false;
  partitioned.clear();
  frozen = false;
  dataStopped = null;
  fleetServerUp = true;
  skewMs = 0;
  for (const agent of agents) agent.start();
  schedule.run(FAULTY_MS + HEALED_MS);

  for (const rollout of rollouts) {
    const { phase, pauses, reason } = rollout.state;
    if (!isTerminal(phase) && pauses.length === 0)
      breaks(`${rollout.id} neither ended nor stands still with a reason (${phase})`);
    if (reason === "") breaks(`${rollout.id} does not say why it is where it is`);
  }
  for (const agent of agents) {
    const { desired, verdict } = rows.get(agent.name)!.sync;
    const blocked = verdict !== null && verdict.status !== "applied";
    if (!blocked && agent.engine !== desired!.hash) breaks(`${agent.name} runs ${agent.engine}; wanted is ${desired!.hash}`);
    // A newer generation of the same content may have come up where an older one crashed: then it runs what is wanted.
    const cameUpLater = verdict !== null && (agent.record.running?.generation ?? 0) > verdict.generation;
    if (blocked && !cameUpLater && agent.engine === desired!.hash) breaks(`${agent.name} runs what it said it cannot run`);
  }
  return { seed, broken, ended: rollouts.map((one) => one.state.phase).join(", "), ticks };
}
