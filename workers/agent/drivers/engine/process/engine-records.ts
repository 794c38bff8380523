/**
 * What a killed agent must find again: every engine is written down before it is started (with the mark that it will
 * carry), again when its process is known, and before requests are sent to it. Replaced as a whole, fsynced.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { replaceFile } from "@/lib/protocol/client/replace-file";

const recordSchema = z.object({
  id: z.uuid().describe("Its mark"),
  role: z.enum(["starting", "current", "warm"]),
  port: z.number().int(),
  argv: z.array(z.string()),
  process: z.object({ pid: z.number().int(), startTime: z.string() }).nullable(),
  payload: z.record(z.string(), z.unknown()),
  generation: z.number().int(),
  /** Epoch ms until which a warm one is kept. */
  warmUntilMs: z.number().nullable(),
});
export type EngineRecord = z.infer<typeof recordSchema>;
export type EngineRole = EngineRecord["role"];

export class EngineRecords {
  private readonly file: string;
  private last: Promise<void> = Promise.resolve();

  constructor(stateDir: string) {
    this.file = path.join(stateDir, "engines.json");
  }

  async load(): Promise<EngineRecord[]> {
    try {
      return z.array(recordSchema).parse(JSON.parse(await fs.readFile(this.file, "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw new Error(
        `${this.file} is damaged, so engines of an earlier start cannot be told from others. End them by hand and remove the file.`,
        { cause: error },
      );
    }
  }

  /** One after the other: the newest call is what stays. */
  save(records: readonly EngineRecord[]): Promise<void> {
    const text = JSON.stringify(records);
    const next = this.last.catch(() => undefined).then(() => replaceFile(this.file, text));
    this.last = next;
    return next;
  }
}
