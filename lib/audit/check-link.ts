import { chainHash, type ChainedEvent } from "./append";

/** A stored link: the event, and what was written down about its place in the chain. */
export interface StoredLink {
  event: ChainedEvent;
  prevHash: string;
  hash: string;
}

export interface ChainEnd {
  seq: bigint;
  hash: string;
}

export const CHAIN_START: ChainEnd = { seq: 0n, hash: "0".repeat(64) };

/** Does `link` follow `end`? Returns what is wrong, or undefined. Pure. */
export function checkLink(end: ChainEnd, link: StoredLink): string | undefined {
  const expected = end.seq + 1n;
  if (BigInt(link.event.seq) !== expected) return `Event ${expected} is missing.`;
  if (link.prevHash !== end.hash) return "It does not follow the event before it.";
  if (chainHash(link.prevHash, link.event) !== link.hash) return "It was changed after it was written.";
  return undefined;
}

/** Does the chain end where its high-water mark says? A cut tail does not. Pure. */
export function checkHead(end: ChainEnd, head: ChainEnd): string | undefined {
  if (end.seq < head.seq) return `The newest events are missing: the chain ends at ${end.seq}, its head says ${head.seq}.`;
  if (end.seq !== head.seq || end.hash !== head.hash) return "The head does not match the newest event.";
  return undefined;
}
