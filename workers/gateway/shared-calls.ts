/**
 * Identical calls in flight are one call. It is given up when the last of those who wait for it has left, not when the
 * first one has.
 */
import { clientLeft } from "./try-targets";

interface Shared<T> {
  result: Promise<T>;
  waiting: number;
  abort: AbortController;
}

export class SharedCalls<T> {
  private readonly calls = new Map<string, Shared<T>>();

  get size(): number {
    return this.calls.size;
  }

  /** `leader`: this one started the call; the others only share its answer. */
  join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): { leader: boolean; result: Promise<T> } {
    const found = this.calls.get(key);
    const shared = found ?? this.start(key, start);
    shared.waiting += 1;
    const leave = () => {
      shared.waiting -= 1;
      if (shared.waiting > 0) return;
      // Whoever asks from now on must not get an answer that was given up.
      if (this.calls.get(key) === shared) this.calls.delete(key);
      shared.abort.abort();
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    void shared.result.catch(() => undefined).finally(() => signal.removeEventListener("abort", leave));
    return { leader: !found, result: shared.result };
  }

  private start(key: string, start: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const abort = new AbortController();
    const result = start(abort.signal);
    const shared: Shared<T> = { result, waiting: 0, abort };
    this.calls.set(key, shared);
    const forget = () => {
      if (this.calls.get(key) === shared) this.calls.delete(key);
    };
    result.then(forget, forget);
    return shared;
  }
}

/** A result that others wait for as well, for as long as this client is there. */
export function orLeft<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(clientLeft());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
