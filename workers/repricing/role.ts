import { Counter } from "prom-client";
import { runPiece } from "@/lib/repricing";
import type { RoleDeps, RunningRole } from "../role";

const LOOK_EVERY_MS = 1_000;
const AFTER_FAILURE_MS = 5_000;

/** Walks repricings piece by piece. Any number of processes may: a piece is one transaction on a locked row. */
export function startRepricingRole({ db, log, metrics }: RoleDeps): RunningRole {
  const pieces = new Counter({
    name: "headroom_repricing_pieces_total",
    help: "Pieces of repricings done",
    registers: [metrics],
  });
  const stopping = new AbortController();
  let failure: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  const walk = async () => {
    while (!stopping.signal.aborted && (await runPiece(db, { now: new Date() }))) pieces.inc();
    failure = null;
  };
  const look = () => {
    working = walk().catch((error: unknown) => {
      failure = String(error);
      log.warn({ err: error }, "a piece of a repricing failed and is tried again");
    });
    void working.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(look, failure === null ? LOOK_EVERY_MS : AFTER_FAILURE_MS);
    });
  };
  look();

  return {
    health: () => ({ ok: failure === null, detail: { failure } }),
    close: async () => {
      stopping.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
