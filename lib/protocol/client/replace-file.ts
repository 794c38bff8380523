import path from "node:path";
import { openDisk, replaceOn } from "./disk";

/** As a whole or not at all, power cuts included. Readable by its owner only. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await replaceOn(await openDisk(path.dirname(file)), path.basename(file), text);
}
