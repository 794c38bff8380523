import fs from "node:fs/promises";

/** The operator's file, as a whole or not at all; who may read it stays as it was (a new one: everybody). */
export async function writeWhole(file: string, text: string): Promise<void> {
  const mode = await fs.stat(file).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  );
  await fs.writeFile(`${file}.headroom-next`, text, { flush: true });
  await fs.chmod(`${file}.headroom-next`, mode);
  await fs.rename(`${file}.headroom-next`, file);
}
