import fs from "node:fs/promises";
import path from "node:path";

/** After a crash or a power cut there is the old file or the new one, never half of either. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const next = `${file}.next`;
  const handle = await fs.open(next, "w", mode);
  try {
    await handle.writeFile(text, "utf8");
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(next, file);
  const folder = await fs.open(path.dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
