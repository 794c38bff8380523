/** A file of somebody else, replaced whole: after a crash or power cut there is the old one or the new one. */
import fs from "node:fs/promises";
import path from "node:path";

/** Keeps the mode and, as far as this user may, the owner of what was there. */
export async function replaceBytes(file: string, bytes: Buffer | string, newMode = 0o644): Promise<void> {
  const there = await fs.stat(file).catch(() => null);
  const next = path.join(path.dirname(file), `.${path.basename(file)}.headroom-${process.pid}`);
  try {
    const handle = await fs.open(next, "w", newMode);
    try {
      await handle.writeFile(bytes);
      if (there) {
        await handle.chmod(there.mode & 0o7777);
        await handle.chown(there.uid, there.gid).catch(() => undefined);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(next, file);
  } catch (error) {
    await fs.rm(next, { force: true });
    throw new Error(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  await syncFolder(path.dirname(file));
}

export async function removeFile(file: string): Promise<void> {
  await fs.rm(file, { force: true });
  await syncFolder(path.dirname(file));
}

/** Null when it is not there. */
export async function readBytes(file: string): Promise<Buffer | null> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
