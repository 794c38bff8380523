/**
 * A DISK that can lose its power: what was not synced may be there, in part, or not at all; a name that was changed without
 * a sync of the folder may be the old or the new one, each name for itself.
 */
import type { Disk } from "../client/disk";

interface Inode {
  content: string;
  synced: string;
}

export interface MortalDisk extends Disk {
  /** Steps so far. */
  readonly steps: number;
  /** What is left when the power goes now. `chance`: 0 ≤ x < 1, asked for every doubt. */
  afterPowerCut(chance: () => number): MortalDisk;
}

/** `powerSteps`: so many steps work, the next one is cut short, all later ones fail. */
export function mortalDisk(powerSteps = Number.POSITIVE_INFINITY, files: Record<string, string> = {}): MortalDisk {
  const inodes = Object.entries(files).map(([name, text]): [string, Inode] => [name, { content: text, synced: text }]);
  const names = new Map(inodes);
  let lasting = new Map(inodes);
  let steps = 0;
  const step = <T>(act: () => T): Promise<T> => {
    steps += 1;
    if (steps > powerSteps + 1) return Promise.reject(new Error("The power is gone."));
    // The one that is cut short happens, as far as nobody asks.
    const result = act();
    return steps > powerSteps ? Promise.reject(new Error("The power is gone.")) : Promise.resolve(result);
  };
  return {
    get steps() {
      return steps;
    },
    read: (name) => step(() => names.get(name)?.content ?? null),
    write: (name, text) =>
      step(() => {
        const inode = names.get(name) ?? { content: "", synced: "" };
        inode.content = text;
        names.set(name, inode);
      }),
    sync: (name) =>
      step(() => {
        const inode = names.get(name)!;
        inode.synced = inode.content;
      }),
    rename: (from, to) =>
      step(() => {
        names.set(to, names.get(from)!);
        names.delete(from);
      }),
    syncFolder: () =>
      step(() => {
        lasting = new Map(names);
      }),
    remove: (name) => step(() => void names.delete(name)),
    list: () => step(() => [...names.keys()]),
    afterPowerCut: (chance) => {
      const left: Record<string, string> = {};
      for (const name of new Set([...names.keys(), ...lasting.keys()])) {
        const inode = (chance() < 0.5 ? names : lasting).get(name);
        if (!inode) continue;
        const lost = inode.content !== inode.synced && chance() < 0.67;
        left[name] = !lost
          ? inode.content
          : chance() < 0.5
            ? inode.synced
            : inode.content.slice(0, inode.content.length * chance());
      }
      return mortalDisk(undefined, left);
    },
  };
}
