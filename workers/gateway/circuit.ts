/**
 * Whether to ask somebody who may be away. A cache that is gone is a miss; asking it again and again would make each of
 * those misses slow.
 *
 *   closed ──3 failures in a row──→ open ──5 s──→ one may try ──ok──→ closed
 *                                     ↑─────────────────failed──┘
 */
const FAILURES = 3;
const REST_MS = 5_000;

export class Circuit {
  private failures = 0;
  private openUntil = 0;

  /** Whether to ask now. Says yes once per rest while it is open. */
  allows(now: number): boolean {
    if (this.failures < FAILURES) return true;
    if (now < this.openUntil) return false;
    this.openUntil = now + REST_MS;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(now: number): void {
    this.failures += 1;
    if (this.failures >= FAILURES) this.openUntil = now + REST_MS;
  }

  get open(): boolean {
    return this.failures >= FAILURES;
  }
}
