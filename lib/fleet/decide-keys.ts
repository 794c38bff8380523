/**
 * Which public keys of a target count after a word of it.
 *
 * Its own rotation has two phases, so that a lost answer locks nobody out: the next key is told under the present one and
 * both count; the first word under the next one makes it the only one.
 */
import type { PublicKey } from "@/lib/protocol/keys";

export interface TargetKeys {
  current: PublicKey;
  next: PublicKey | null;
}

/** `unknown`: the word was signed by a key that no longer counts. `rotated` is told to the target. */
export function decideKeys(
  keys: TargetKeys,
  word: { signedBy: PublicKey; rotateTo?: PublicKey | undefined },
): { keys: TargetKeys; rotated?: PublicKey } | "unknown" {
  const { signedBy, rotateTo } = word;
  const promoted = keys.next?.x === signedBy.x ? { current: keys.next, next: null } : keys;
  if (promoted.current.x !== signedBy.x) return "unknown";
  if (!rotateTo) return { keys: promoted };
  if (rotateTo.x === promoted.current.x) return { keys: promoted, rotated: rotateTo };
  return { keys: { ...promoted, next: rotateTo }, rotated: rotateTo };
}
