/** The batch lane: few at a time, in order of arrival, and nobody waits for ever. */
import { GatewayError } from "./gateway-error";

interface Waiting {
  enter: () => void;
}

export class BackgroundLane {
  private running = 0;
  private readonly queue: Waiting[] = [];

  get waiting(): number {
    return this.queue.length;
  }

  /** Resolves when it is this request's turn, with the function that ends it. */
  async enter(limits: { concurrency: number; maxWaitSec: number }, signal: AbortSignal): Promise<() => void> {
    if (this.running >= limits.concurrency) await this.turn(limits.maxWaitSec, signal);
    else this.running += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.queue.shift();
      // The place goes straight to the next one: nobody who comes now can slip in between.
      if (next) next.enter();
      else this.running -= 1;
    };
  }

  private turn(maxWaitSec: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (error: GatewayError) => {
        const at = this.queue.indexOf(waiting);
        if (at >= 0) this.queue.splice(at, 1);
        settle(() => reject(error));
      };
      const timer = setTimeout(
        () =>
          leave(
            new GatewayError(503, "batch_wait_exceeded", `The batch lane had no room within ${maxWaitSec} s. Send it later.`, 60),
          ),
        maxWaitSec * 1_000,
      );
      const onAbort = () => leave(new GatewayError(499, "client_closed", "The client left while it waited in the batch lane."));
      const settle = (then: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        then();
      };
      const waiting: Waiting = { enter: () => settle(resolve) };
      signal.addEventListener("abort", onAbort, { once: true });
      this.queue.push(waiting);
    });
  }
}
