/**
 * Colour belongs to an entity and stays with it: the same tenant has the same colour in every chart of a visit,
 * whichever others are drawn beside it. A hash gives the wish; who comes first gets it.
 */
const SLOTS = 8;
/** Wishes go to the six colours of the palette; the two extra ones serve only full charts. */
const WISHES = 6;
const owners = new Map<string, number>();

const slotColor = (slot: number) => `var(--chart-${slot + 1})`;

/** One colour per key, in order; no two keys of one chart share a colour while there are at most eight. */
export function assignColors(keys: readonly string[]): string[] {
  const taken = new Set<number>();
  return keys.map((key) => {
    if (key === "(other)") return "var(--chart-other)";
    let slot = owners.get(key) ?? freeSlot(hash(key) % WISHES, new Set([...owners.values(), ...taken]), taken);
    if (taken.has(slot)) slot = freeSlot(slot, taken, taken);
    else if (!owners.has(key)) owners.set(key, slot);
    taken.add(slot);
    return slotColor(slot);
  });
}

/** The first slot from `wish` on that is not in `avoid`; when all are, not in `taken`; when all are, the wish. */
function freeSlot(wish: number, avoid: ReadonlySet<number>, taken: ReadonlySet<number>): number {
  for (const set of [avoid, taken]) {
    for (let step = 0; step < SLOTS; step += 1) {
      const slot = (wish + step) % SLOTS;
      if (!set.has(slot)) return slot;
    }
  }
  return wish;
}

function hash(text: string): number {
  let value = 2_166_136_261;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16_777_619);
  return value >>> 0;
}
