/**
 * Colour belongs to an entity and stays with it: the same tenant has the same colour in every chart, whichever others
 * are drawn beside it, and on the next visit. Within its dimension an entity takes the first colour that is still free,
 * so that charts of few series use the strong end of the palette.
 */
const SLOTS = 8;
const STORAGE_KEY = "headroom.colours";
/** Beyond this the oldest are forgotten: a browser is no archive. */
const MAX_KEPT = 400;

type Owners = Map<string, number>;
let owners: Owners | undefined;

/** One colour per id, in order; no two ids of one chart share a colour while there are at most eight. */
export function assignColors(ids: readonly string[], dimension = ""): string[] {
  owners ??= read();
  const prefix = `${dimension}:`;
  const known = owners.size;
  const taken = new Set<number>();
  const colors = ids.map((id) => {
    if (id === "(other)") return "var(--chart-other)";
    const key = prefix + id;
    let slot = owners!.get(key);
    if (slot === undefined || taken.has(slot)) {
      slot = freeSlot(owners!, prefix, taken);
      if (!owners!.has(key)) owners!.set(key, slot);
    }
    taken.add(slot);
    return `var(--chart-${slot + 1})`;
  });
  if (owners.size > known) write(owners);
  return colors;
}

/** The slot that the fewest of the dimension have, among those that this chart does not use yet. */
function freeSlot(all: Owners, prefix: string, taken: ReadonlySet<number>): number {
  const uses = Array<number>(SLOTS).fill(0);
  for (const [key, slot] of all) if (key.startsWith(prefix)) uses[slot] = (uses[slot] ?? 0) + 1;
  let best = -1;
  for (let slot = 0; slot < SLOTS; slot += 1) {
    if (!taken.has(slot) && (best < 0 || uses[slot]! < uses[best]!)) best = slot;
  }
  return best < 0 ? taken.size % SLOTS : best;
}

function read(): Owners {
  try {
    const kept = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]") as [string, number][];
    return new Map(kept.filter(([key, slot]) => typeof key === "string" && Number.isInteger(slot) && slot >= 0 && slot < SLOTS));
  } catch {
    return new Map();
  }
}

function write(all: Owners): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify([...all].slice(-MAX_KEPT)));
  } catch {
    // Storage full or refused: colours then last for this visit.
  }
}
