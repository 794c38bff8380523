/** What a save meets when the document moved under it: three sides, in words and as values. Pure. */
import { diffPolicies } from "../diff";
import { mergeThreeWay } from "../three-way";
import { layerOf } from "./policy-set";
import type { MovedBase, PolicyRef } from "./schemas";
import { viewOf, type StoredVersion } from "./store";

type Document = Record<string, unknown>;

export function movedBaseOf(ref: PolicyRef, base: Document, yours: Document, current: StoredVersion): MovedBase {
  const theirs = current.document;
  const words = (after: Document) => diffPolicies([layerOf(ref, base)], [layerOf(ref, after)]);
  return { current: viewOf(current), yours: words(yours), theirs: words(theirs), ...mergeThreeWay(base, yours, theirs) };
}
