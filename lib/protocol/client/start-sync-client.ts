/**
 * The sync client: a conversation with the console (here) beside a machine that applies (machine.ts). The two meet in
 * three places: an answer may bring an order, the machine may have something to tell, and answers keep a lease alive.
 *
 *   CONNECTING ──answer──→ CONNECTED ──no answer, 429, 5xx──→ LOST ──answer──→ CONNECTED
 *        └───────────────────┴────────revoked, quarantined, unknown…──→ REFUSED ──answer──→ CONNECTED
 *
 * - CONNECTED: one long poll after the other. Something to tell ends the poll under way and begins the next at once.
 * - LOST: first retry after 0–120 s at random (a console that comes back is not met by all at once), then at most
 *   every minute. REFUSED: every five minutes. In both, what runs keeps running; only a lease may end.
 * - CONNECTING is the first sync of a boot, sent at once.
 *
 * An apply never holds up a sync, nor a sync an apply. `seq` rises with each request of a boot, whether it was answered.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as waitReally } from "node:timers/promises";
import { refuseDesired, trustsKeyList } from "../sign";
import type { SyncRequest, SyncResponse } from "../sync";
import type { Clock, SyncClient, SyncClientOptions, Timing } from "./contract";
import { openDisk, type Disk } from "./disk";
import { exchange, type Outcome } from "./exchange";
import { keyObject, newPrivateKey, publicHalf, saveIdentity, type Identity } from "./identity";
import { startMachine } from "./machine";
import { FIRST_CONVERSATION, planPoll } from "./plan-poll";
import { openStorage } from "./storage";

const TIMING: Timing = {
  reconnectJitterMs: 120_000,
  retryMs: 60_000,
  pollGapMs: 1_000,
  slowPollMs: 300_000,
  answerMs: 15_000,
  reapplyMs: 5_000,
};
const OWN_KEY_LASTS_MS = 90 * 86_400_000;

const realClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  wait: (ms, signal) => waitReally(ms, undefined, { signal }).catch(() => undefined),
};

/** Opens the state folder, puts back what ran before and begins to sync. Throws only when the folder cannot be used. */
export async function startSyncClient(options: SyncClientOptions): Promise<SyncClient> {
  return startOnDisk(options, await openDisk(options.stateDir));
}

/** The same on another disk, for tests that cut its power. */
export async function startOnDisk(options: SyncClientOptions, disk: Disk): Promise<SyncClient> {
  const { clock = realClock, random = Math.random, fetch: fetchFrom = fetch, log, program } = options;
  const timing = { ...TIMING, ...options.timing };
  const url = new URL("/api/fleet/v1/sync", options.consoleUrl);
  const bootId = randomUUID();
  const storage = await openStorage(disk);
  for (const damage of storage.damage) log("error", "the state folder is damaged", { reason: damage });

  let identity: Identity = options.identity;
  let conversation = FIRST_CONVERSATION;
  let lastAnswerAt: number | null = null;
  let seq = 0;
  /** As text, of the last request and as the console has it; null: not told in this boot, or it asks for it again. */
  let hardwareSaid: string | null = null;
  let hardwareKnown: string | null = null;
  /** Something to tell came up since the request under way was made. */
  let toTell = false;
  let waitsInterruptibly = false;
  let interrupt = new AbortController();
  const closing = new AbortController();

  const speak = () => {
    toTell = true;
    if (waitsInterruptibly) interrupt.abort();
  };
  const machine = startMachine({
    storage,
    applier: options.applier,
    connector: options.connector,
    program: program.version,
    clock,
    log,
    timing,
    onReport: speak,
  });

  const changeIdentity = async (change: Partial<Identity>) => {
    identity = { ...identity, ...change };
    await saveIdentity(disk, identity).catch((error: Error) => {
      log("error", "the identity cannot be written", { reason: error.message });
    });
  };

  const askHardware = async () => {
    try {
      return (await options.hardware?.()) ?? null;
    } catch (error) {
      log("warn", "the hardware cannot be told", { reason: error instanceof Error ? error.message : String(error) });
      return null;
    }
  };

  const buildRequest = async (): Promise<SyncRequest> => {
    const { health, effectiveHash, lastAttempt, running } = await machine.report();
    // After the read-back: what runs may say more about it than the start knew.
    const hardware = await askHardware();
    hardwareSaid = JSON.stringify(hardware);
    const rotation = identity.nextPrivateKey ? { rotateTo: publicHalf(identity.nextPrivateKey) } : {};
    return {
      nodeId: identity.nodeId,
      bootId,
      seq: seq++,
      version: program.version,
      capabilities: [...options.capabilities()],
      running: running && { generation: running.generation, hash: running.hash },
      lastAttempt,
      health,
      effectiveHash,
      leaseEpoch: running?.leaseTtlSec ? running.generation : null,
      keySerial: identity.keySerial,
      ...(hardwareSaid === hardwareKnown ? {} : { hardware }),
      ...rotation,
    };
  };

  const takeAnswer = async (answer: SyncResponse, malformed: Extract<Outcome, { kind: "answer" }>["malformed"]) => {
    lastAnswerAt = clock.wallMs();
    hardwareKnown = answer.fullState ? null : hardwareSaid;
    await machine.answered();
    const list = answer.signingKeys;
    if (list && trustsKeyList(list, identity.signingKeys, identity.keySerial)) {
      await changeIdentity({ signingKeys: list.keys, keySerial: list.serial });
      log("info", "the console's signing keys have changed", { serial: list.serial });
    }
    const { nextPrivateKey } = identity;
    if (nextPrivateKey && answer.rotated?.x === nextPrivateKey.x) {
      await changeIdentity({ privateKey: nextPrivateKey, nextPrivateKey: null, keyMadeAt: answer.serverTime });
      conversation = { ...conversation, tryNextKey: false };
      log("info", "this target's own key has changed");
    }
    const { desired } = answer;
    if (desired) {
      const ungenuine = refuseDesired(desired, {
        target: identity.nodeId,
        keys: identity.signingKeys,
        now: new Date(clock.wallMs() + conversation.clockOffsetMs),
        newestGeneration: machine.state().record.newest.generation,
      });
      const { generation, hash, leaseTtlSec } = desired;
      await machine.offer({ generation, hash, leaseTtlSec }, desired.payload, { ungenuine, force: desired.force === true });
    } else if (malformed) {
      log("error", "an order cannot be read", { reason: malformed.why });
      const { generation, hash } = malformed;
      if (generation !== null && hash !== null) {
        await machine.offer({ generation, hash, leaseTtlSec: null }, {}, { ungenuine: malformed.why, force: false });
      }
    }
  };

  /** One poll and the wait after it. */
  const talkOnce = async () => {
    const age = clock.wallMs() + conversation.clockOffsetMs - Date.parse(identity.keyMadeAt);
    if (!identity.nextPrivateKey && age > OWN_KEY_LASTS_MS) await changeIdentity({ nextPrivateKey: newPrivateKey() });
    interrupt = new AbortController();
    toTell = false;
    waitsInterruptibly = true;
    const request = await buildRequest();
    const startedAt = clock.steadyMs();
    const outcome = await exchange({
      url,
      key: keyObject((conversation.tryNextKey && identity.nextPrivateKey) || identity.privateKey),
      now: new Date(clock.wallMs() + conversation.clockOffsetMs),
      request,
      fetch: fetchFrom,
      signal: AbortSignal.any([closing.signal, interrupt.signal]),
      timeoutMs: conversation.holdMs + timing.answerMs,
    });
    if (closing.signal.aborted) return;
    waitsInterruptibly = false;
    const before = conversation;
    const plan = planPoll(conversation, outcome, {
      tookMs: clock.steadyMs() - startedAt,
      wallMs: clock.wallMs(),
      hasNextKey: identity.nextPrivateKey !== null,
      random: random(),
      timing,
    });
    conversation = plan.conversation;
    if (conversation.console !== before.console || conversation.reason !== before.reason) logChange();
    if (outcome.kind === "answer") await takeAnswer(outcome.answer, outcome.malformed);
    if (toTell && plan.interruptible) return;
    interrupt = new AbortController();
    waitsInterruptibly = plan.interruptible;
    await clock.wait(plan.waitMs, AbortSignal.any([closing.signal, interrupt.signal]));
  };

  const talk = async () => {
    while (!closing.signal.aborted) {
      try {
        await talkOnce();
      } catch (error) {
        log("error", "a sync failed", { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
        await clock.wait(timing.retryMs, closing.signal);
      }
    }
  };

  const logChange = () => {
    const { console: standing, reason } = conversation;
    if (standing === "connected") log("info", "the console answers");
    else if (standing === "lost") log("warn", "the console does not answer; what runs keeps running", { reason });
    else log("error", "the console refuses this target; what runs keeps running", { reason });
  };

  const talking = talk();

  return {
    ready: machine.ready,
    running: () => {
      const { running } = machine.state().record;
      return running && { generation: running.generation, hash: running.hash };
    },
    payload: () => machine.payload(),
    status: () => {
      const { newest, lastAttempt } = machine.state().record;
      return {
        console: conversation.console,
        reason: conversation.reason ?? machine.fault(),
        newestGeneration: newest.generation,
        lastAttempt: lastAttempt && {
          generation: lastAttempt.generation,
          status: lastAttempt.status,
          ...(lastAttempt.error === undefined ? {} : { error: lastAttempt.error }),
        },
        lastAnswerAt,
      };
    },
    crashed: (reason) => machine.crashed(reason),
    report: speak,
    rotateKey: () => void changeIdentity({ nextPrivateKey: identity.nextPrivateKey ?? newPrivateKey() }).then(speak),
    close: async () => {
      closing.abort();
      await talking;
      await machine.close();
    },
  };
}
