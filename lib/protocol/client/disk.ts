/** The few things a state folder needs of a disk, as single steps: a test can cut the power between any two of them. */
import fs from "node:fs/promises";
import path from "node:path";

export interface Disk {
  /** Null when it is not there. */
  read(name: string): Promise<string | null>;
  /** Creates or overwrites. Only `sync` makes the content last. */
  write(name: string, text: string): Promise<void>;
  sync(name: string): Promise<void>;
  /** Lasts only after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  syncFolder(): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<string[]>;
}

/** Creates the folder. Nobody but its owner can read what is in it. */
export async function openDisk(folder: string): Promise<Disk> {
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const at = (name: string) => path.join(folder, name);
  return {
    read: async (name) => {
      try {
        return await fs.readFile(at(name), "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    write: (name, text) => fs.writeFile(at(name), text, { encoding: "utf8", mode: 0o600 }),
    sync: (name) => syncPath(at(name), "r+"),
    rename: (from, to) => fs.rename(at(from), at(to)),
    // Windows has no such thing and needs none.
    syncFolder: () => (process.platform === "win32" ? Promise.resolve() : syncPath(folder, "r")),
    remove: (name) => fs.rm(at(name), { force: true }),
    list: () => fs.readdir(folder),
  };
}

async function syncPath(file: string, flags: string): Promise<void> {
  const handle = await fs.open(file, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** After a crash or a power cut there is the old file or the new one, never half of either. */
export async function replaceOn(disk: Disk, name: string, text: string): Promise<void> {
  await disk.write(`${name}.next`, text);
  await disk.sync(`${name}.next`);
  await disk.rename(`${name}.next`, name);
  await disk.syncFolder();
}
