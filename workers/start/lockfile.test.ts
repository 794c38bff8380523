import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "@/lib/db/project-root";

interface Entry {
  optionalDependencies?: Record<string, string>;
}

/**
 * `npm ci` refuses a lockfile that leaves out the packages of other platforms, and `npm install` leaves them out when a
 * registry mirror lacks them. A fresh clone would then not start at all.
 */
it("the lockfile names every optional package of every platform", () => {
  const lock = JSON.parse(fs.readFileSync(path.join(projectRoot(), "package-lock.json"), "utf8")) as {
    packages: Record<string, Entry>;
  };
  const known = new Set(Object.keys(lock.packages));
  const missing = Object.entries(lock.packages).flatMap(([folder, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !known.has(`node_modules/${name}`) && !known.has(`${folder}/node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});
