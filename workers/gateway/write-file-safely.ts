import fs from "node:fs";

/** After a crash there is the old file or the new one, never half of either. */
export function writeFileSafely(file: string, text: string): void {
  const next = `${file}.next`;
  const descriptor = fs.openSync(next, "w");
  try {
    fs.writeSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(next, file);
}
