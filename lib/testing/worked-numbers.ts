/** Holds a map of worked numbers to the tree: each text stands in the test file that is said to hold it. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "@/lib/db/project-root";

export type WorkedNumber = readonly [what: string, file: string, ...texts: string[]];

export function holdNumbers(of: string, numbers: readonly WorkedNumber[]): void {
  describe(`worked numbers of ${of}`, () => {
    it.each(numbers)("%s", (_, file, ...texts) => {
      const source = fs.readFileSync(path.join(projectRoot(), file), "utf8");
      expect(texts.filter((text) => !source.includes(text))).toEqual([]);
    });
  });
}
